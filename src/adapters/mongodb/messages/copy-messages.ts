import type { MongoContext } from '../context.ts';
import type {
  MessageDocument,
  MessageFields,
  SessionDocument,
  SettledTokens,
  TailMessage,
} from '../database/documents.ts';
import { insertAbsent } from '../database/insert-absent.ts';
import { messageChecksum, withTokens } from './message-codec.ts';
import { messageId } from './message-id.ts';
import { readTailFields } from './message-pages.ts';
import { settledTokens } from './tail.ts';

type CopiedDocument = Pick<SessionDocument, 'uid' | 't' | 'sid' | 'user' | 'agent' | 'moved' | 'floor' | 'settled'>;

/**
 * Copies entries of a tail to `messages`, each under its number. What a number holds never changes, so what is there
 * already is left: a copy that comes late cannot undo an exact count. Throws MovedOn when stubs were moved meanwhile.
 */
export async function copyMessages(
  context: MongoContext,
  document: CopiedDocument,
  entries: readonly TailMessage[],
): Promise<void> {
  const after = Math.max(document.moved, document.floor ?? 0);
  const exact = settledTokens(document);
  let copies: MessageDocument[] = [];
  for await (const fields of readTailFields(context, document.uid, entries, after)) {
    copies.push(copyOf(document, withExact(document.uid, fields, exact.get(fields.n))));
    if (copies.length < COPIED_AT_ONCE) continue;
    await insertAbsent(context.collections.messages, copies);
    copies = [];
  }
  await insertAbsent(context.collections.messages, copies);
}

const COPIED_AT_ONCE = 200;

/** Writes exact counts to messages that were copied as estimates. */
export async function tellSettled(
  { collections: { messages } }: MongoContext,
  { uid, settled = [] }: Pick<SessionDocument, 'uid' | 'settled'>,
): Promise<void> {
  if (settled.length === 0) return;
  const exact = new Map(settled.map(({ n, tok }) => [n, tok]));
  const ids = [...exact.keys()].map((n) => messageId(uid, n));
  const stored = await messages.find({ _id: { $in: ids } }, { projection: { n: 1, tok: 1, est: 1 } });
  const behind = stored.filter(({ n, tok, est }) => est === true || tok !== exact.get(n));
  for (const { _id, n } of behind) {
    const whole = await messages.findOne({ _id }, { projection: { terms: 0 } });
    if (whole === null) continue;
    const counted = withExact(uid, whole, exact.get(n));
    if (counted === whole) continue;
    const { tok, crc } = counted;
    await messages.updateOne({ _id, crc: whole.crc }, { $set: { tok, crc }, $unset: { est: '' } });
  }
}

/** Puts an exact count in place of the estimate; a damaged message keeps the checksum that tells. */
function withExact(uid: string, fields: MessageFields, tok: number | undefined): MessageFields {
  return tok === undefined || messageChecksum(uid, fields) !== fields.crc ? fields : withTokens(uid, fields, tok);
}

/** Returns the exact counts of messages that are no longer in the tail: `messages` tells them. */
export function toldSettled(
  { settled = [], tail }: Pick<SessionDocument, 'settled' | 'tail'>,
  pulledThrough: number,
): SettledTokens[] {
  const first = tail[0]?.n ?? Number.POSITIVE_INFINITY;
  return settled.filter(({ n }) => n < first || n <= pulledThrough);
}

function copyOf({ uid, t, sid, user, agent }: CopiedDocument, fields: MessageFields): MessageDocument {
  return {
    _id: messageId(uid, fields.n),
    uid,
    t,
    sid,
    ...(user !== undefined && { user }),
    ...(agent !== undefined && { agent }),
    ...fields,
  };
}
