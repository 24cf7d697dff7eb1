import type { EventRow, SessionEvent } from '../../../src/model/event.ts';
import type { EventLog, EventLogBounds } from '../../../src/ports/event-log.ts';

/**
 * ModelLog is one tenant's log as a shared database would keep it: whoever writes chooses the number of a row, and a
 * number that is taken is refused. Unlike the log of a store it can have holes.
 */
export class ModelLog implements EventLog {
  #rows: EventRow[] = [];

  /** Inserts a row, in its place; answers false where the number is taken. */
  insert(number: number, events: readonly SessionEvent[]): boolean {
    if (this.#rows.some((row) => row.number === number)) return false;
    const row = { number, recordedAt: events[0]?.recordedAt ?? 0, events: [...events] };
    this.#rows = [...this.#rows, row].sort((one, other) => one.number - other.number);
    return true;
  }

  /** The number of the newest row; 0 = none. */
  get tail(): number {
    return this.#rows.at(-1)?.number ?? 0;
  }

  async read(_tenant: string, afterNumber: number, limit: number): Promise<EventRow[]> {
    return this.#rows.filter(({ number }) => number > afterNumber).slice(0, limit);
  }

  async bounds(): Promise<EventLogBounds> {
    return { firstNumber: this.#rows[0]?.number ?? 0, lastNumber: this.tail };
  }

  async find(_tenant: string, number: number): Promise<EventRow | null> {
    return this.#rows.find((row) => row.number === number) ?? null;
  }

  async findSince(_tenant: string, recordedAt: number): Promise<EventRow | null> {
    return this.#rows.find((row) => row.recordedAt >= recordedAt) ?? null;
  }

  async compact(recordedBefore: number): Promise<number> {
    const before = this.#rows.length;
    this.#rows = this.#rows.filter(({ number, recordedAt }) => number === this.tail || recordedAt >= recordedBefore);
    return before - this.#rows.length;
  }

  async blankUser(): Promise<number> {
    return 0;
  }

  onAppend(): () => void {
    return () => {};
  }
}
