import type { Connection } from './connection.ts';
import { corruptFile } from './errors.ts';
import { decodeEventRow, EVENT_COLUMNS, type StoredEventRow } from './event-rows.ts';
import type { GarbageRow } from './garbage.ts';
import { checkBareRow, type JsonRow, parseJsonRow } from './json-row.ts';
import { decodeMessage, MESSAGE_COLUMNS, type MessageRow } from './message-codec.ts';
import type { BeatRow, OutageRow } from './presence.ts';
import { decodeRequestId, REQUEST_ID_COLUMNS, type RequestIdRow } from './request-ids.ts';
import { PART_TABLES } from './schema.ts';
import { decodeSession, SESSION_COLUMNS, type SessionRow } from './session-codec.ts';

/**
 * RowCheck looks at every row of a table: `sql` selects those after a place in the order of (place1, place2), at most
 * a limit, and `verify` throws STORE_CORRUPT for a row that is broken.
 */
export interface RowCheck {
  sql: string;
  limit: number;
  verify(connection: Connection, row: Record<string, never>): void;
}

/** The checks of all tables. */
export const ROW_CHECKS: readonly RowCheck[] = [
  rowCheck<SessionRow & { tenant: number }>(
    `SELECT sessions.tenant, ${SESSION_COLUMNS}, key AS place1, '' AS place2
      FROM sessions WHERE (key, '') > (?, ?) ORDER BY key LIMIT ?`,
    checkSession,
    64,
  ),
  rowCheck<MessageRow>(
    `SELECT ${MESSAGE_COLUMNS}, id >> 32 AS place1, id & 4294967295 AS place2
      FROM messages WHERE id > (? << 32) | ? ORDER BY id LIMIT ?`,
    ({ path }, row) => decodeMessage(path, row),
    32,
  ),
  ...PART_TABLES.map((table) =>
    rowCheck<JsonRow & { session: number }>(
      `SELECT session, body, crc, session AS place1, '' AS place2
        FROM ${table} WHERE (session, '') > (?, ?) ORDER BY session LIMIT ?`,
      ({ path }, row) => parseJsonRow(path, table, [row.session], row),
    ),
  ),
  rowCheck<RequestIdRow>(
    `SELECT ${REQUEST_ID_COLUMNS}, session AS place1, number AS place2
      FROM request_ids WHERE (session, number) > (?, +?) ORDER BY session, number LIMIT ?`,
    ({ path }, row) => decodeRequestId(path, row),
  ),
  rowCheck<JsonRow & { session: number; call_id: string }>(
    `SELECT session, call_id, body, crc, session AS place1, call_id AS place2
      FROM tool_calls WHERE (session, call_id) > (?, ?) ORDER BY session, call_id LIMIT ?`,
    ({ path }, row) => parseJsonRow(path, 'tool_calls', [row.session, row.call_id], row),
  ),
  rowCheck<{ tenant: number; claim: string; session: number; crc: number }>(
    `SELECT tenant, claim, session, crc, tenant AS place1, claim AS place2
      FROM claims WHERE (tenant, claim) > (?, ?) ORDER BY tenant, claim LIMIT ?`,
    ({ path }, { tenant, claim, session, crc }) => checkBareRow(path, 'claims', [tenant, claim, session], crc),
  ),
  rowCheck<StoredEventRow & { tenant: number }>(
    `SELECT tenant, ${EVENT_COLUMNS}, tenant AS place1, number AS place2
      FROM events WHERE (tenant, number) > (?, +?) ORDER BY tenant, number LIMIT ?`,
    ({ path }, row) => decodeEventRow(path, { key: row.tenant, name: '' }, row),
  ),
  rowCheck<JsonRow & { tenant: number; agent_id: string }>(
    `SELECT tenant, agent_id, body, crc, tenant AS place1, agent_id AS place2
      FROM agents WHERE (tenant, agent_id) > (?, ?) ORDER BY tenant, agent_id LIMIT ?`,
    ({ path }, row) => parseJsonRow(path, 'agents', [row.tenant, row.agent_id], row),
  ),
  rowCheck<BeatRow>(
    `SELECT instance, at, crc, 0 AS place1, instance AS place2
      FROM beats WHERE (0, instance) > (?, ?) ORDER BY instance LIMIT ?`,
    ({ path }, { instance, at, crc }) => checkBareRow(path, 'beats', [instance, at], crc),
  ),
  rowCheck<OutageRow>(
    `SELECT from_at, to_at, crc, from_at AS place1, '' AS place2
      FROM outages WHERE (from_at, '') > (?, ?) ORDER BY from_at LIMIT ?`,
    ({ path }, { from_at, to_at, crc }) => checkBareRow(path, 'outages', [from_at, to_at], crc),
  ),
  rowCheck<GarbageRow>(
    `SELECT session, through, crc, session AS place1, through AS place2
      FROM garbage WHERE (session, through) > (?, +?) ORDER BY session, through LIMIT ?`,
    ({ path }, { session, through, crc }) => checkBareRow(path, 'garbage', [session, through], crc),
  ),
];

function rowCheck<Row>(sql: string, verify: (connection: Connection, row: Row) => void, limit = 256): RowCheck {
  return { sql, limit, verify: (connection, row) => verify(connection, row as Row) };
}

/** A live session holds the messages from the one after its floor to the header's last, without a hole. */
function checkSession(connection: Connection, row: SessionRow & { tenant: number }): void {
  const { path } = connection;
  const header = decodeSession(path, { key: row.tenant, name: '' }, row);
  if (header.isTombstone) return;
  const sql = `SELECT count(*) AS count, min(id & 4294967295) AS first, max(id & 4294967295) AS last FROM messages
    WHERE id > (?1 << 32) | ?2 AND id <= (?1 << 32) | 4294967295`;
  const stored = connection.get<{ count: number; first: number; last: number }>(sql, row.key, row.floor)!;
  const expected = header.lastSequence - row.floor;
  const isWhole =
    stored.count === expected &&
    (expected === 0 || (stored.first === row.floor + 1 && stored.last === header.lastSequence));
  if (!isWhole) {
    const span = `${row.floor + 1} to ${header.lastSequence}`;
    throw corruptFile(path, `session ${header.sessionId} holds ${stored.count} of the messages ${span}`);
  }
}
