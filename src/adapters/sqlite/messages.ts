import type { StoredMessage } from '../../model/message.ts';
import type { MessageRange, MessageStore } from '../../ports/message-store.ts';
import type { Connection } from './connection.ts';
import { decodeMessage, MESSAGE_COLUMNS, type MessageRow } from './message-codec.ts';
import type { Reader } from './reader.ts';
import { SEQUENCE_MAX } from './schema.ts';
import { findTenant } from './tenants.ts';

// One statement is one snapshot: a session that goes meanwhile is there with all its messages, or not at all.
// Numbers are bound as doubles, which + would make of an id, too, and ids go past 2⁵³: hence |.
const LIFE = 'SELECT key << 32 AS base, floor FROM sessions WHERE uid = ?1 AND tenant = ?2 AND status > 0';
const IN_LIFE = `FROM (${LIFE}) AS life CROSS JOIN messages ON`;
const IN_RANGE = `${IN_LIFE} messages.id > life.base | max(life.floor, ?3) AND messages.id < life.base | ?4`;

/** SqliteMessageStore reads messages, which are clustered by session and sequence. */
export class SqliteMessageStore implements MessageStore {
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  async read(tenant: string, uid: string, range: MessageRange, signal?: AbortSignal): Promise<StoredMessage[]> {
    return this.#reader.read((connection) => {
      const known = findTenant(connection, tenant);
      return known === null ? [] : readRange(connection, known.key, uid, range);
    }, signal);
  }

  async findById(
    tenant: string,
    uid: string,
    messageIds: readonly string[],
    signal?: AbortSignal,
  ): Promise<StoredMessage[]> {
    const sql = `SELECT ${MESSAGE_COLUMNS} ${IN_LIFE}
      messages.id >> 32 = life.base >> 32 AND messages.message_id IN (SELECT value FROM json_each(?3))
      AND messages.message_id <> '' AND messages.id > life.base | life.floor ORDER BY messages.id`;
    return this.#reader.read((connection) => {
      const known = findTenant(connection, tenant);
      if (known === null) return [];
      const rows = connection.all<MessageRow>(sql, uid, known.key, JSON.stringify(messageIds));
      return rows.map((row) => decodeMessage(connection.path, row));
    }, signal);
  }

  async findTurn(tenant: string, uid: string, turnId: string, afterSequence: number): Promise<StoredMessage | null> {
    const sql = `SELECT ${MESSAGE_COLUMNS} ${IN_LIFE}
      messages.id >> 32 = life.base >> 32 AND messages.turn_id = ?3 AND messages.turn_id <> ''
      AND messages.id > life.base | max(life.floor, ?4) ORDER BY messages.id LIMIT 1`;
    return this.#reader.read((connection) => {
      const known = findTenant(connection, tenant);
      if (known === null) return null;
      const row = connection.get<MessageRow>(sql, uid, known.key, turnId, afterSequence);
      return row === undefined ? null : decodeMessage(connection.path, row);
    });
  }
}

function readRange(connection: Connection, tenantKey: number, uid: string, range: MessageRange): StoredMessage[] {
  const before = range.beforeSequence === 0 ? SEQUENCE_MAX : range.beforeSequence;
  return connection.snapshot(() => {
    const limit = limitByBytes(connection, tenantKey, uid, range, before);
    const sql = `SELECT ${MESSAGE_COLUMNS} ${IN_RANGE} ORDER BY messages.id ${directionOf(range)} LIMIT ?5`;
    const rows = connection.all<MessageRow>(sql, uid, tenantKey, range.afterSequence, before, limit);
    const messages = rows.map((row) => decodeMessage(connection.path, row));
    return range.from === 'newest' ? messages.reverse() : messages;
  });
}

/** Lengths are read without the bodies, so that what does not fit never reaches memory. */
function limitByBytes(
  connection: Connection,
  tenantKey: number,
  uid: string,
  range: MessageRange,
  before: number,
): number {
  if (range.bytesMax === undefined) return range.limit;
  const sql = `SELECT length(messages.body) AS length ${IN_RANGE} ORDER BY messages.id ${directionOf(range)} LIMIT ?5`;
  const rows = connection.all<{ length: number }>(sql, uid, tenantKey, range.afterSequence, before, range.limit);
  let bytes = 0;
  let count = 0;
  for (const { length } of rows) {
    bytes += length;
    if (count > 0 && bytes > range.bytesMax) break;
    count++;
  }
  return count;
}

function directionOf({ from }: MessageRange): 'ASC' | 'DESC' {
  return from === 'newest' ? 'DESC' : 'ASC';
}
