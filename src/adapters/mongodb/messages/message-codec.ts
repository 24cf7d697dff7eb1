import { Binary } from 'mongodb';
import type { AppendedMessage } from '../../../model/basis.ts';
import type { StoredMessage } from '../../../model/message.ts';
import { SessionError } from '../../../model/session-error.ts';
import type { BodyReference, MessageFields } from '../database/documents.ts';
import { checksum } from './checksum.ts';

/** Most bytes of search terms that are kept with a message: what its document has room for beside the rest. */
const TERMS_BYTES_MAX = 160 * 1024;

/** Turns a message into its fields, the body in place or, with a reference, elsewhere. The uid is of its session. */
export function encodeMessage(uid: string, message: AppendedMessage, ref?: BodyReference): MessageFields {
  const fields: MessageFields = {
    n: message.sequence,
    role: message.role,
    ...(message.messageId !== '' && { mid: message.messageId }),
    ...(message.turnId !== '' && { turn: message.turnId }),
    run: message.runId,
    at: message.createdAt,
    ...(message.sentAt !== null && { sentAt: message.sentAt }),
    tok: message.tokenCount,
    ...(!message.isTokenCountExact && { est: true as const }),
    ...(message.hasFiles && { files: true as const }),
    ...(message.startsTurn && { starts: true as const }),
    ...(ref === undefined ? { body: new Binary(message.body) } : { ref }),
    terms: distinctTerms(message.terms),
    crc: 0,
  };
  return { ...fields, crc: messageChecksum(uid, fields) };
}

/** Returns the checksum of a message's fields: of all but the terms. */
export function messageChecksum(uid: string, fields: MessageFields): number {
  const { n, role, mid = '', turn = '', run, at, sentAt = null, tok, ref } = fields;
  const flags = (fields.est ? 1 : 0) | (fields.files ? 2 : 0) | (fields.starts ? 4 : 0);
  const place = ref === undefined ? null : `${ref.hash} ${ref.bytes} ${ref.chunks}`;
  return checksum([uid, n, role, mid, turn, run, at, sentAt, tok, flags, place], fields.body?.value());
}

/** Throws STORE_CORRUPT when the fields are not those that were committed. */
export function checkMessage(uid: string, fields: MessageFields): void {
  const isWhole = (fields.body === undefined) !== (fields.ref === undefined);
  if (!isWhole || messageChecksum(uid, fields) !== fields.crc)
    throw corruptMessage(uid, fields.n, 'fails its checksum');
}

/** Turns fields that were checked back into their message; `body` is given where it lies elsewhere. */
export function decodeMessage(fields: MessageFields, body?: Uint8Array): StoredMessage {
  return {
    sequence: fields.n,
    createdAt: fields.at,
    runId: fields.run,
    role: fields.role,
    messageId: fields.mid ?? '',
    turnId: fields.turn ?? '',
    sentAt: fields.sentAt ?? null,
    tokenCount: fields.tok,
    isTokenCountExact: fields.est !== true,
    hasFiles: fields.files === true,
    startsTurn: fields.starts === true,
    // A window on the server's reply would keep all of it in memory.
    body: body ?? new Uint8Array(fields.body?.value() ?? []),
  };
}

/** Returns the fields with an exact count in place of the estimate, the checksum made for it. */
export function withTokens(uid: string, fields: MessageFields, tok: number): MessageFields {
  const { est: _, ...exact } = { ...fields, tok };
  return { ...exact, crc: messageChecksum(uid, exact) };
}

/** Returns how many bytes a message's body has, wherever it lies. */
export function bodyBytes({ body, ref }: Pick<MessageFields, 'body' | 'ref'>): number {
  return ref?.bytes ?? body?.length() ?? 0;
}

/** Creates the STORE_CORRUPT that names a message. */
export function corruptMessage(uid: string, sequence: number, what: string): SessionError {
  return new SessionError(
    'STORE_CORRUPT',
    `message ${sequence} of the session with uid ${uid} ${what}: restore it from a backup, or run \`threadkeep check-store\` to see all that is broken`,
  );
}

function distinctTerms(terms: readonly string[]): string[] {
  const distinct = [...new Set(terms)];
  if (termsBytes(distinct) <= TERMS_BYTES_MAX) return distinct;
  let bytes = 0;
  const tooFar = distinct.findIndex((term) => {
    bytes += termsBytes([term]);
    return bytes > TERMS_BYTES_MAX;
  });
  return distinct.slice(0, tooFar);
}

/** Returns what terms take in BSON: each a type, an index of up to four digits and its end, a length, and the text and its end. */
export function termsBytes(terms: readonly string[]): number {
  return 11 * terms.length + Buffer.byteLength(terms.join(''));
}
