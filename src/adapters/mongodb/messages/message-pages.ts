import type { StoredMessage } from '../../../model/message.ts';
import type { MessageRange } from '../../../ports/message-store.ts';
import type { MongoContext } from '../context.ts';
import type { MessageFields, SessionDocument, StagedMessage, TailMessage } from '../database/documents.ts';
import { readBodies } from './bodies.ts';
import { bodyBytes, checkMessage } from './message-codec.ts';
import { messageId } from './message-id.ts';
import { readStaged, STAGED_AT_ONCE } from './staging.ts';
import { decodeSettled, isStub, lastOf, livingTail, settledTokens } from './tail.ts';

/** LifeDocument is as much of a session's document as reading its messages needs. */
export type LifeDocument = Pick<SessionDocument, '_id' | 'uid' | 'seq' | 'tail' | 'floor' | 'settled'>;

/** Life is a session as its document was when the read began, and how to read on. */
export interface Life {
  context: MongoContext;
  document: LifeDocument;
  signal: AbortSignal | undefined;
}

/** MovedOn says that a message was moved or removed since the document was read: it is to be read again. */
export class MovedOn extends Error {
  override readonly name = 'MovedOn';
  readonly sequence: number;

  constructor(sequence: number) {
    super(`message ${sequence} is not where the document said`);
    this.sequence = sequence;
  }
}

/** Span is a range of sequences, both ends excluded, read from one end. */
type Span = Pick<MessageRange, 'afterSequence' | 'beforeSequence' | 'from' | 'limit'>;

const SCANNED_AT_ONCE = 250;

/** Reads the fields of messages in the order that the span names; what lies below the tail's first number comes from `messages`. */
export async function* readFields(life: Life, span: Span): AsyncGenerator<MessageFields> {
  const { document } = life;
  const after = Math.max(span.afterSequence, document.floor ?? 0);
  const before = span.beforeSequence === 0 ? document.seq + 1 : Math.min(span.beforeSequence, document.seq + 1);
  const tail = tailBetween(document, after, before);
  const bounds = { ...span, afterSequence: after, beforeSequence: before };
  const older = { ...bounds, beforeSequence: Math.min(before, firstOfTail(document)) };
  const parts = [
    (limit: number) => readOlder(life, { ...older, limit }),
    (limit: number) => readTail({ ...life, uid: document.uid }, tail, { ...bounds, limit }),
  ];
  if (span.from === 'newest') parts.reverse();
  let read = 0;
  for (const readPart of parts) {
    for await (const fields of readPart(span.limit - read)) {
      yield fields;
      read += 1;
      if (read === span.limit) return;
    }
  }
}

/** Turns fields into messages: bodies that lie elsewhere are read, exact counts stand for estimates. Throws STORE_CORRUPT. */
export async function resolveMessages(life: Life, found: readonly MessageFields[]): Promise<StoredMessage[]> {
  const { context, document, signal } = life;
  for (const fields of found) checkMessage(document.uid, fields);
  const refs = found.map(({ ref }) => ref).filter((ref) => ref !== undefined);
  const bodies = await readBodies(context, document.uid, refs, signal);
  const settled = settledTokens(document);
  return found.map((fields) => decodeSettled(fields, settled, fields.ref && bodies.get(fields.ref.hash)));
}

/** Takes fields for as long as they are within a range's bounds, and answers them ascending. */
export async function takeFields(
  fields: AsyncIterable<MessageFields>,
  { limit, bytesMax = Number.POSITIVE_INFINITY, from }: MessageRange,
): Promise<MessageFields[]> {
  const taken: MessageFields[] = [];
  if (limit <= 0) return taken;
  let bytes = 0;
  for await (const each of fields) {
    bytes += bodyBytes(each);
    if (taken.length > 0 && bytes > bytesMax) break;
    taken.push(each);
    if (taken.length === limit) break;
  }
  return from === 'newest' ? taken.reverse() : taken;
}

/** Returns the first number in the tail, below which `messages` is to be read. */
export function firstOfTail({ tail, seq }: Pick<LifeDocument, 'tail' | 'seq'>): number {
  return tail[0]?.n ?? seq + 1;
}

/** Reads what entries of a tail stand for, above a number, ascending; throws MovedOn when stubs were moved meanwhile. */
export async function* readTailFields(
  context: MongoContext,
  uid: string,
  entries: readonly TailMessage[],
  afterSequence: number,
  signal?: AbortSignal,
): AsyncGenerator<MessageFields> {
  const span = {
    from: 'oldest',
    afterSequence,
    beforeSequence: Number.MAX_SAFE_INTEGER,
    limit: STAGED_AT_ONCE,
  } as const;
  const above = entries.filter((entry) => lastOf(entry) > afterSequence);
  yield* readTail({ context, uid, signal }, above, span);
}

function tailBetween(document: LifeDocument, after: number, before: number): TailMessage[] {
  return livingTail(document).filter((entry) => lastOf(entry) > after && entry.n < before);
}

async function* readOlder(life: Life, { afterSequence, beforeSequence, from, limit }: Span) {
  const { context, document, signal } = life;
  if (beforeSequence - afterSequence <= 1) return;
  const step = from === 'newest' ? -1 : 1;
  let expected = from === 'newest' ? beforeSequence - 1 : afterSequence + 1;
  const end = from === 'newest' ? afterSequence : beforeSequence;
  const options = { sort: { _id: step } as const, limit, batchSize: Math.min(limit, SCANNED_AT_ONCE), signal };
  const found = context.collections.messages.scan(
    { _id: { $gt: messageId(document.uid, afterSequence), $lt: messageId(document.uid, beforeSequence) } },
    { ...options, projection: { terms: 0 } },
  );
  let read = 0;
  for await (const fields of found) {
    if (fields.n !== expected) throw new MovedOn(expected);
    yield fields;
    expected += step;
    read += 1;
  }
  if (read < limit && expected !== end) throw new MovedOn(expected);
}

type TailReader = Pick<Life, 'context' | 'signal'> & { uid: string };

async function* readTail(reader: TailReader, tail: readonly TailMessage[], span: Span) {
  for (const entry of span.from === 'newest' ? tail.toReversed() : tail) {
    if (isStub(entry)) yield* readStub(reader, entry, span);
    else yield entry;
  }
}

async function* readStub({ context, uid, signal }: TailReader, stub: StagedMessage, span: Span) {
  let first = Math.max(stub.n, span.afterSequence + 1);
  let last = Math.min(lastOf(stub), span.beforeSequence - 1);
  while (first <= last) {
    const count = Math.min(last - first + 1, STAGED_AT_ONCE, span.limit);
    const part: [number, number] = span.from === 'newest' ? [last - count + 1, last] : [first, first + count - 1];
    const fields = await readStaged(context, uid, stub, part, signal);
    if (fields === null) throw new MovedOn(part[0]);
    yield* span.from === 'newest' ? fields.reverse() : fields;
    if (span.from === 'newest') last = part[0] - 1;
    else first = part[1] + 1;
  }
}
