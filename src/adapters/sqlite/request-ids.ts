import type { Basis, RecordedCall } from '../../model/basis.ts';
import type { Connection } from './connection.ts';
import { jsonChecksum, parseJsonRow } from './json-row.ts';

/** RequestIdRow is a row of request_ids as read. */
export interface RequestIdRow {
  session: number;
  number: number;
  digest: string;
  keep_until: number;
  body: string;
  crc: number;
}

/** The columns of RequestIdRow, for SELECT. */
export const REQUEST_ID_COLUMNS = 'session, number, digest, keep_until, body, crc';

/** What of a recorded call is in no column, in this order. */
type CallTuple = [
  content: string,
  version: number,
  firstSequence: number,
  lastSequence: number,
  removedCount: number,
  created: boolean,
  resumed: boolean,
  previousGeneration: number,
];

/** How many of the oldest a basis holds (model/basis, oldestRecorded). */
const OLDEST_MAX = 16;

/** How many an answer has beside the header: a session remembers more than 256 for two minutes only. */
const NEWEST_MAX = 512;

/** Remembers the answers to a session's request ids, inside the open transaction. */
export function rememberRequestIds(connection: Connection, session: number, calls: readonly RecordedCall[]): void {
  const sql = `INSERT INTO request_ids (${REQUEST_ID_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`;
  for (const call of calls) {
    const { number, digest, keepUntil } = call;
    const body = encodeCall(call);
    const crc = jsonChecksum('request_ids', [session, number, digest, keepUntil], body);
    connection.run(sql, session, number, digest, keepUntil, body, crc);
  }
}

/** Forgets a session's request ids that are numbered up to `through`; 0 = none. */
export function forgetRequestIds(connection: Connection, session: number, through: number): void {
  if (through > 0) connection.run('DELETE FROM request_ids WHERE session = ? AND number <= ?', session, through);
}

/** Forgets some of a session's request ids, by digest. */
export function forgetDigests(connection: Connection, session: number, digests: readonly string[]): void {
  for (const digest of digests) {
    connection.run('DELETE FROM request_ids WHERE session = ? AND digest = ?', session, digest);
  }
}

/** Reads those of the digests that are remembered, by digest. */
export function loadRequestIds(
  connection: Connection,
  session: number,
  digests: readonly string[] = [],
): Map<string, RecordedCall> {
  const sql = `SELECT ${REQUEST_ID_COLUMNS} FROM request_ids WHERE session = ? AND digest = ?`;
  const calls = digests
    .map((digest) => connection.get<RequestIdRow>(sql, session, digest))
    .filter((row) => row !== undefined)
    .map((row) => decodeRequestId(connection.path, row));
  return new Map(calls.map((call) => [call.digest, call]));
}

/** Reads the newest remembered request ids, by digest, and tells whether they are all. */
export function loadNewestRequestIds(
  connection: Connection,
  session: number,
): { recorded: Map<string, RecordedCall>; areAll: boolean } {
  const sql = `SELECT ${REQUEST_ID_COLUMNS} FROM request_ids WHERE session = ? ORDER BY number DESC LIMIT ${NEWEST_MAX + 1}`;
  const rows = connection.all<RequestIdRow>(sql, session);
  const calls = rows.slice(0, NEWEST_MAX).map((row) => decodeRequestId(connection.path, row));
  return { recorded: new Map(calls.map((call) => [call.digest, call])), areAll: rows.length <= NEWEST_MAX };
}

/** Reads the oldest request ids of a session, oldest first. */
export function loadOldestRequestIds(connection: Connection, session: number): Basis['oldestRecorded'] {
  const sql = `SELECT number, keep_until FROM request_ids WHERE session = ? ORDER BY number LIMIT ${OLDEST_MAX}`;
  return connection
    .all<Pick<RequestIdRow, 'number' | 'keep_until'>>(sql, session)
    .map(({ number, keep_until }) => ({ number, keepUntil: keep_until }));
}

/** Turns a row back into the recorded call; throws STORE_CORRUPT when the checksum is another. */
export function decodeRequestId(path: string, row: RequestIdRow): RecordedCall {
  const { session, number, digest, keep_until: keepUntil } = row;
  const tuple = parseJsonRow<CallTuple>(path, 'request_ids', [session, number, digest, keepUntil], row);
  const [content, version, firstSequence, lastSequence, removedCount, created, resumed, previousGeneration] = tuple;
  return {
    number,
    digest,
    content,
    keepUntil,
    version,
    firstSequence,
    lastSequence,
    removedCount,
    created,
    resumed,
    previousGeneration,
  };
}

function encodeCall(call: RecordedCall): string {
  const tuple: CallTuple = [
    call.content,
    call.version,
    call.firstSequence,
    call.lastSequence,
    call.removedCount,
    call.created,
    call.resumed,
    call.previousGeneration,
  ];
  return JSON.stringify(tuple);
}
