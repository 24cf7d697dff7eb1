import type { EventRow } from '../../model/event.ts';
import type { EventLog, EventLogBounds } from '../../ports/event-log.ts';
import { decodeEventRow, EVENT_COLUMNS, type StoredEventRow } from './event-rows.ts';
import type { Reader } from './reader.ts';
import type { Scanner } from './scans.ts';
import { findTenant } from './tenants.ts';
import type { WriteQueue } from './write-queue.ts';

/** How many rows one transaction blanks. */
const BLANKED_AT_ONCE = 256;

/** SqliteEventLog reads the rows that commits appended in their own transaction. */
export class SqliteEventLog implements EventLog {
  readonly #reader: Reader;
  readonly #queue: WriteQueue;
  readonly #scanner: Scanner;
  readonly #listeners = new Set<(tenant: string) => void>();

  constructor(reader: Reader, queue: WriteQueue, scanner: Scanner) {
    this.#reader = reader;
    this.#queue = queue;
    this.#scanner = scanner;
  }

  async read(tenant: string, afterNumber: number, limit: number, signal?: AbortSignal): Promise<EventRow[]> {
    const sql = `SELECT ${EVENT_COLUMNS} FROM events WHERE tenant = ? AND number > ? ORDER BY number LIMIT ?`;
    return this.#reader.read((connection) => {
      const known = findTenant(connection, tenant);
      if (known === null) return [];
      const rows = connection.all<StoredEventRow>(sql, known.key, afterNumber, limit);
      return rows.map((row) => decodeEventRow(connection.path, known, row));
    }, signal);
  }

  async bounds(tenant: string, signal?: AbortSignal): Promise<EventLogBounds> {
    const sql = `SELECT (SELECT min(number) FROM events WHERE tenant = ?1) AS first,
      (SELECT max(number) FROM events WHERE tenant = ?1) AS last`;
    return this.#reader.read((connection) => {
      const known = findTenant(connection, tenant);
      if (known === null) return { firstNumber: 0, lastNumber: 0 };
      const { first, last } = connection.get<{ first: number | null; last: number | null }>(sql, known.key)!;
      return { firstNumber: first ?? 0, lastNumber: last ?? 0 };
    }, signal);
  }

  async find(tenant: string, number: number): Promise<EventRow | null> {
    const [row] = await this.read(tenant, number - 1, 1);
    return row?.number === number ? row : null;
  }

  async findSince(tenant: string, recordedAt: number): Promise<EventRow | null> {
    this.#reader.enter();
    return this.#scanner.scan('since', { tenant, recordedAt });
  }

  async compact(recordedBefore: number, limit: number): Promise<number> {
    this.#reader.enter();
    return this.#queue.submit<'compactEvents'>({ kind: 'compactEvents', recordedBefore, limit });
  }

  async blankUser(tenant: string, userId: string): Promise<number> {
    let changed = 0;
    let afterNumber = 0;
    do {
      this.#reader.enter();
      const step = await this.#queue.submit<'blankUser'>({
        kind: 'blankUser',
        tenant,
        userId,
        afterNumber,
        limit: BLANKED_AT_ONCE,
      });
      changed += step.changed;
      afterNumber = step.lastNumber;
    } while (afterNumber > 0);
    return changed;
  }

  onAppend(listener: (tenant: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells every listener that a tenant's log grew. */
  announce(tenant: string): void {
    for (const listener of this.#listeners) queueMicrotask(() => listener(tenant));
  }
}
