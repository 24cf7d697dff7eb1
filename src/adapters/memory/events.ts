import type { EventRow } from '../../model/event.ts';
import type { EventLog, EventLogBounds } from '../../ports/event-log.ts';
import type { MemoryRecords } from './records.ts';

/** MemoryEventLog reads the rows that commits appended. */
export class MemoryEventLog implements EventLog {
  readonly #records: MemoryRecords;
  readonly #listeners = new Set<(tenant: string) => void>();

  constructor(records: MemoryRecords) {
    this.#records = records;
  }

  async read(tenant: string, afterNumber: number, limit: number, signal?: AbortSignal): Promise<EventRow[]> {
    this.#records.enter(signal);
    const rows = this.#rowsOf(tenant);
    const first = Math.max(0, afterNumber + 1 - (rows[0]?.number ?? 0));
    return structuredClone(rows.slice(first, first + limit));
  }

  async bounds(tenant: string, signal?: AbortSignal): Promise<EventLogBounds> {
    this.#records.enter(signal);
    const rows = this.#rowsOf(tenant);
    return { firstNumber: rows[0]?.number ?? 0, lastNumber: rows.at(-1)?.number ?? 0 };
  }

  async find(tenant: string, number: number): Promise<EventRow | null> {
    this.#records.enter();
    return structuredClone(this.#rowsOf(tenant).find((row) => row.number === number) ?? null);
  }

  async findSince(tenant: string, recordedAt: number): Promise<EventRow | null> {
    this.#records.enter();
    return structuredClone(this.#rowsOf(tenant).find((row) => row.recordedAt >= recordedAt) ?? null);
  }

  async compact(recordedBefore: number, limit: number): Promise<number> {
    this.#records.enter();
    let removed = 0;
    for (const { events } of this.#records.tenants.values()) {
      const firstKept = events.findIndex(
        (row, place) => row.recordedAt >= recordedBefore || place === events.length - 1,
      );
      removed += events.splice(0, Math.min(Math.max(0, firstKept), limit - removed)).length;
    }
    return removed;
  }

  async blankUser(tenant: string, userId: string): Promise<number> {
    this.#records.enter();
    const named = this.#rowsOf(tenant).flatMap(({ events }) => events.filter((event) => event.userId === userId));
    for (const event of named) event.userId = '';
    return named.length;
  }

  onAppend(listener: (tenant: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells every listener, after the commit has been answered, that a tenant's log grew. */
  announce(tenant: string): void {
    for (const listener of this.#listeners) queueMicrotask(() => listener(tenant));
  }

  #rowsOf(tenant: string): EventRow[] {
    return this.#records.of(tenant).events;
  }
}
