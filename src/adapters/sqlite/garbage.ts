import type { Connection } from './connection.ts';
import { bareChecksum, checkBareRow } from './json-row.ts';
import { PART_TABLES, SEQUENCE_MAX } from './schema.ts';

/** GarbageRow is a row of garbage as read. */
export interface GarbageRow {
  session: number;
  through: number;
  crc: number;
}

/** Queues what hangs on a session for removal: its messages up to a sequence, or, at SEQUENCE_MAX, everything. */
export function addGarbage(connection: Connection, session: number, through: number): void {
  const crc = bareChecksum('garbage', [session, through]);
  connection.run('INSERT OR IGNORE INTO garbage (session, through, crc) VALUES (?, ?, ?)', session, through, crc);
}

/** Removes at most `limit` rows of what is queued and answers how many; 0 = nothing is left. */
export function collectGarbage(connection: Connection, limit: number): number {
  let removed = 0;
  while (removed < limit) {
    const next = connection.get<GarbageRow>('SELECT session, through, crc FROM garbage LIMIT 1');
    if (next === undefined) break;
    checkBareRow(connection.path, 'garbage', [next.session, next.through], next.crc);
    const messages = removeMessages(connection, next.session, next.through, limit - removed);
    removed += messages;
    if (removed >= limit) break;
    if (next.through === SEQUENCE_MAX) removed += removeRest(connection, next.session);
    connection.run('DELETE FROM garbage WHERE session = ? AND through = ?', next.session, next.through);
  }
  return removed;
}

function removeMessages(connection: Connection, session: number, through: number, limit: number): number {
  const range = `BETWEEN (?1 << 32) AND coalesce(
    (SELECT id FROM messages WHERE id BETWEEN (?1 << 32) AND (?1 << 32) | ?2 ORDER BY id LIMIT 1 OFFSET ?3 - 1),
    (?1 << 32) | ?2)`;
  connection.run(`DELETE FROM terms WHERE rowid ${range}`, session, through, limit);
  return connection.run(`DELETE FROM messages WHERE id ${range}`, session, through, limit);
}

function removeRest(connection: Connection, session: number): number {
  const parts = PART_TABLES.map((table) => connection.run(`DELETE FROM ${table} WHERE session = ?`, session));
  const sets = ['request_ids', 'tool_calls', 'claims'].map((table) =>
    connection.run(`DELETE FROM ${table} WHERE session = ?`, session),
  );
  return [...parts, ...sets].reduce((sum, count) => sum + count, 0);
}
