import type { Role, StoredMessage } from '../../model/message.ts';
import { checksum } from './checksum.ts';
import { corruptRow } from './errors.ts';

/** MessageColumns are the columns of a messages row but for its id, checksum and body. */
export interface MessageColumns {
  created_at: number;
  role: number;
  flags: number;
  token_count: number;
  sent_at: number | null;
  run_id: string;
  message_id: string;
  turn_id: string;
}

/** MessageRow is a row of messages as read, its id taken apart. */
export interface MessageRow extends MessageColumns {
  session: number;
  sequence: number;
  crc: number;
  body: Uint8Array;
}

/** The columns of MessageRow, for SELECT. */
export const MESSAGE_COLUMNS = `messages.id >> 32 AS session, messages.id & 4294967295 AS sequence,
  messages.created_at, messages.role, messages.flags, messages.token_count, messages.sent_at, messages.run_id,
  messages.message_id, messages.turn_id, messages.crc, messages.body`;

/** The roles by the number that stands for each in a row, beginning with 1. */
const ROLES: readonly Role[] = ['SYSTEM', 'DEVELOPER', 'USER', 'ASSISTANT', 'TOOL'];

/** The bit of `flags` that says that the token count is exact. */
export const EXACT_FLAG = 1;
const FILES_FLAG = 2;
const TURN_FLAG = 4;

/** Turns a message into the columns of its row. */
export function encodeMessage(message: Omit<StoredMessage, 'body'>): MessageColumns {
  return {
    created_at: message.createdAt,
    role: roleNumber(message.role),
    flags:
      (message.isTokenCountExact ? EXACT_FLAG : 0) |
      (message.hasFiles ? FILES_FLAG : 0) |
      (message.startsTurn ? TURN_FLAG : 0),
    token_count: message.tokenCount,
    sent_at: message.sentAt,
    run_id: message.runId,
    message_id: message.messageId,
    turn_id: message.turnId,
  };
}

/** Returns the number that stands for a role in a row. */
export function roleNumber(role: Role): number {
  return ROLES.indexOf(role) + 1;
}

/** Returns the checksum of a messages row. */
export function messageChecksum(session: number, sequence: number, columns: MessageColumns, body: Uint8Array): number {
  const { created_at, role, flags, token_count, sent_at, run_id, message_id, turn_id } = columns;
  return checksum(
    [session, sequence, created_at, role, flags, token_count, sent_at, run_id, message_id, turn_id],
    body,
  );
}

/** Turns a row back into its message; throws STORE_CORRUPT when the checksum is another. */
export function decodeMessage(path: string, row: MessageRow): StoredMessage {
  if (messageChecksum(row.session, row.sequence, row, row.body) !== row.crc) {
    throw corruptRow(path, 'messages', `${row.sequence} of session ${row.session}`);
  }
  return {
    sequence: row.sequence,
    createdAt: row.created_at,
    runId: row.run_id,
    role: ROLES[row.role - 1]!,
    messageId: row.message_id,
    turnId: row.turn_id,
    sentAt: row.sent_at,
    tokenCount: row.token_count,
    isTokenCountExact: (row.flags & EXACT_FLAG) !== 0,
    hasFiles: (row.flags & FILES_FLAG) !== 0,
    startsTurn: (row.flags & TURN_FLAG) !== 0,
    body: row.body,
  };
}
