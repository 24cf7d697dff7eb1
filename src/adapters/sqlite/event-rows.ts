import type { EventRow, SessionEvent } from '../../model/event.ts';
import type { Connection } from './connection.ts';
import { type JsonRow, jsonChecksum, parseJsonRow } from './json-row.ts';
import { findTenant, type TenantKey } from './tenants.ts';
import type { NewEventRow, WriteAnswers } from './write.ts';

/** StoredEventRow is a row of events as read. */
export interface StoredEventRow extends JsonRow {
  number: number;
  recorded_at: number;
}

/** The columns of StoredEventRow, for SELECT. */
export const EVENT_COLUMNS = 'number, recorded_at, body, crc';

/** Turns a row back into the events of one commit; throws STORE_CORRUPT when the checksum is another. */
export function decodeEventRow(path: string, tenant: TenantKey, row: StoredEventRow): EventRow {
  const { number, recorded_at: recordedAt } = row;
  const events = parseJsonRow<SessionEvent[]>(path, 'events', [tenant.key, number, recordedAt], row);
  return { number, recordedAt, events };
}

/** Appends one commit's events under the tenant's next number; events that are logged already are left out. */
export function appendEvents(connection: Connection, tenant: TenantKey, row: NewEventRow): void {
  const sql = 'SELECT max(number) AS number FROM events WHERE tenant = ?';
  const number = (connection.get<{ number: number | null }>(sql, tenant.key)?.number ?? 0) + 1;
  connection.run(
    `INSERT INTO events (tenant, number, recorded_at, eid, body, crc) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (tenant, eid) DO NOTHING`,
    tenant.key,
    number,
    row.recordedAt,
    row.eid,
    row.body,
    jsonChecksum('events', [tenant.key, number, row.recordedAt], row.body),
  );
}

/**
 * Removes the first rows of a tenant while they were recorded before an instant, at most `limit`. Only a prefix goes,
 * so that numbers stay contiguous, and never the newest row, from which the next number is counted.
 */
export function compactTenant(
  connection: Connection,
  tenant: TenantKey,
  recordedBefore: number,
  limit: number,
): number {
  const sql = `DELETE FROM events WHERE tenant = ?1 AND number < min(
    coalesce((SELECT min(number) FROM events WHERE tenant = ?1 AND recorded_at >= ?2), ${Number.MAX_SAFE_INTEGER}),
    (SELECT max(number) FROM events WHERE tenant = ?1),
    (SELECT min(number) FROM events WHERE tenant = ?1) + ?3)`;
  return connection.run(sql, tenant.key, recordedBefore, limit);
}

/** Blanks a user in at most `limit` rows after a number, in place. */
export function blankUserInRows(
  connection: Connection,
  tenant: TenantKey,
  userId: string,
  afterNumber: number,
  limit: number,
): WriteAnswers['blankUser'] {
  const sql = `SELECT ${EVENT_COLUMNS} FROM events WHERE tenant = ? AND number > ? ORDER BY number LIMIT ?`;
  const rows = connection.all<StoredEventRow>(sql, tenant.key, afterNumber, limit);
  let changed = 0;
  for (const row of rows) {
    const { number, recordedAt, events } = decodeEventRow(connection.path, tenant, row);
    const named = events.filter((event) => event.userId === userId);
    if (named.length === 0) continue;
    for (const event of named) event.userId = '';
    const body = JSON.stringify(events);
    const crc = jsonChecksum('events', [tenant.key, number, recordedAt], body);
    connection.run(
      'UPDATE events SET body = ?, crc = ? WHERE tenant = ? AND number = ?',
      body,
      crc,
      tenant.key,
      number,
    );
    changed += named.length;
  }
  return { changed, lastNumber: rows.length < limit ? 0 : rows.at(-1)!.number };
}

/** SinceScan asks for the first row recorded at or after an instant. */
export interface SinceScan {
  tenant: string;
  recordedAt: number;
}

/** Finds the row with the lowest number that was recorded at or after an instant: record times need not rise. */
export function scanSince(connection: Connection, { tenant, recordedAt }: SinceScan): EventRow | null {
  const known = findTenant(connection, tenant);
  if (known === null) return null;
  const sql = `SELECT ${EVENT_COLUMNS} FROM events WHERE tenant = ?1 AND number =
    (SELECT min(number) FROM events WHERE tenant = ?1 AND recorded_at >= ?2)`;
  const row = connection.get<StoredEventRow>(sql, known.key, recordedAt);
  return row === undefined ? null : decodeEventRow(connection.path, known, row);
}
