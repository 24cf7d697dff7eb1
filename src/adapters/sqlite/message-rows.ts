import type { Connection } from './connection.ts';
import { indexTerms } from './indexed-terms.ts';
import {
  decodeMessage,
  EXACT_FLAG,
  MESSAGE_COLUMNS,
  type MessageColumns,
  type MessageRow,
  messageChecksum,
} from './message-codec.ts';
import type { TenantKey } from './tenants.ts';
import type { NewMessageRow } from './write.ts';

const INSERT = `INSERT INTO messages
  (id, created_at, role, flags, token_count, sent_at, run_id, message_id, turn_id, crc, body)
  VALUES ((? << 32) | ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const INDEX = 'INSERT INTO terms (rowid, text) VALUES ((? << 32) | ?, ?)';
const READ = `SELECT ${MESSAGE_COLUMNS} FROM messages WHERE id = (? << 32) | ?`;

/** Inserts messages of a session and their search terms, inside the open transaction. */
export function insertMessages(
  connection: Connection,
  tenant: TenantKey,
  session: number,
  messages: readonly NewMessageRow[],
  bodies: readonly Uint8Array[],
): void {
  messages.forEach(({ sequence, columns, terms }, place) => {
    insertMessage(connection, session, sequence, columns, bodies[place]!);
    if (terms !== '') connection.run(INDEX, session, sequence, indexTerms(tenant, terms));
  });
}

/** Makes estimated token counts exact; a message that is no more is passed over. */
export function settleTokenCounts(
  connection: Connection,
  session: number,
  counts: readonly { sequence: number; tokenCount: number }[],
): void {
  const sql = 'UPDATE messages SET token_count = ?, flags = ?, crc = ? WHERE id = (? << 32) | ?';
  for (const { sequence, tokenCount } of counts) {
    const row = connection.get<MessageRow>(READ, session, sequence);
    if (row === undefined) continue;
    decodeMessage(connection.path, row);
    const settled = { ...row, token_count: tokenCount, flags: row.flags | EXACT_FLAG };
    const crc = messageChecksum(session, sequence, settled, row.body);
    connection.run(sql, tokenCount, settled.flags, crc, session, sequence);
  }
}

function insertMessage(
  connection: Connection,
  session: number,
  sequence: number,
  columns: MessageColumns,
  body: Uint8Array,
): void {
  connection.run(
    INSERT,
    session,
    sequence,
    columns.created_at,
    columns.role,
    columns.flags,
    columns.token_count,
    columns.sent_at,
    columns.run_id,
    columns.message_id,
    columns.turn_id,
    messageChecksum(session, sequence, columns, body),
    body,
  );
}
