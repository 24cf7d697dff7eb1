import type { StoredMessage } from '../../model/message.ts';
import type { MessageRange, MessageStore } from '../../ports/message-store.ts';
import type { Connection } from './connection.ts';
import { decodeMessage, MESSAGE_COLUMNS, type MessageRow } from './message-codec.ts';
import type { Reader } from './reader.ts';
import { SEQUENCE_MAX } from './schema.ts';
import { findLife, type StoredSession } from './session-rows.ts';
import { findTenant } from './tenants.ts';

// Numbers are bound as doubles, which + would make of an id, too, and ids go past 2⁵³: hence |.
const IN_RANGE = 'FROM messages WHERE id > (?1 << 32) | ?2 AND id < (?1 << 32) | ?3';

const IN_SESSION = 'FROM messages WHERE id >> 32 = ?1 AND id > (?1 << 32) | ?2';

/** SqliteMessageStore reads messages, which are clustered by session and sequence. */
export class SqliteMessageStore implements MessageStore {
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  async read(tenant: string, uid: string, range: MessageRange, signal?: AbortSignal): Promise<StoredMessage[]> {
    return this.#readLife(tenant, uid, signal, (connection, life) => readRange(connection, life, range));
  }

  async findById(
    tenant: string,
    uid: string,
    messageIds: readonly string[],
    signal?: AbortSignal,
  ): Promise<StoredMessage[]> {
    const sql = `SELECT ${MESSAGE_COLUMNS} ${IN_SESSION}
      AND message_id IN (SELECT value FROM json_each(?3)) AND message_id <> '' ORDER BY id`;
    return this.#readLife(tenant, uid, signal, (connection, { key, floor }) =>
      connection.all<MessageRow>(sql, key, floor, JSON.stringify(messageIds)),
    );
  }

  async findTurn(tenant: string, uid: string, turnId: string, afterSequence: number): Promise<StoredMessage | null> {
    const sql = `SELECT ${MESSAGE_COLUMNS} ${IN_SESSION} AND turn_id = ?3 AND turn_id <> '' ORDER BY id LIMIT 1`;
    const [message] = this.#readLife(tenant, uid, undefined, (connection, { key, floor }) =>
      connection.all<MessageRow>(sql, key, Math.max(floor, afterSequence), turnId),
    );
    return message ?? null;
  }

  /** One snapshot: a session that goes meanwhile is there with all its messages, or not at all. */
  #readLife(
    tenant: string,
    uid: string,
    signal: AbortSignal | undefined,
    readRows: (connection: Connection, life: StoredSession) => MessageRow[],
  ): StoredMessage[] {
    return this.#reader.read((connection) => {
      const known = findTenant(connection, tenant);
      if (known === null) return [];
      return connection.snapshot(() => {
        const life = findLife(connection, known, uid);
        return life === null ? [] : readRows(connection, life).map((row) => decodeMessage(connection.path, row));
      });
    }, signal);
  }
}

/** How many messages, and how many bytes of them, an answer has beside the header. */
const NEWEST = { afterSequence: 0, beforeSequence: 0, from: 'newest', limit: 32, bytesMax: 64 * 1024 } as const;

/** Reads a session's newest messages as they go with its header, inside the open snapshot. */
export function readNewest(connection: Connection, life: StoredSession): StoredMessage[] {
  return readRange(connection, life, NEWEST).map((row) => decodeMessage(connection.path, row));
}

function readRange(connection: Connection, { key, floor }: StoredSession, range: MessageRange): MessageRow[] {
  const after = Math.max(floor, range.afterSequence);
  const before = range.beforeSequence === 0 ? SEQUENCE_MAX : range.beforeSequence;
  const limit = limitByBytes(connection, [key, after, before], range);
  const sql = `SELECT ${MESSAGE_COLUMNS} ${IN_RANGE} ORDER BY id ${directionOf(range)} LIMIT ?4`;
  const rows = connection.all<MessageRow>(sql, key, after, before, limit);
  return range.from === 'newest' ? rows.reverse() : rows;
}

/** Lengths are read without the bodies, so that what does not fit never reaches memory. */
function limitByBytes(connection: Connection, bounds: [number, number, number], range: MessageRange): number {
  if (range.bytesMax === undefined) return range.limit;
  const sql = `SELECT length(body) AS length ${IN_RANGE} ORDER BY id ${directionOf(range)} LIMIT ?4`;
  const rows = connection.all<{ length: number }>(sql, ...bounds, range.limit);
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
