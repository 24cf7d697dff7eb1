import { randomBytes } from 'node:crypto';
import type { AppendedMessage, Changes } from '../../../model/basis.ts';
import type { MongoContext } from '../context.ts';
import type { BodyDocument, MessageFields, StagedMessage, TailMessage } from '../database/documents.ts';
import { releaseChildren } from '../purge/purge.ts';
import { putChunks, splitBody } from './bodies.ts';
import { encodeMessage } from './message-codec.ts';
import { entryBytes, isStub, type Placement } from './tail.ts';

/** A larger body lies in `bodies`. */
const BODY_BYTES_MAX = 8 * 1024;

/** As much of a commit goes into the tail itself, from its newest message back; the rest is staged. */
const PUSHED_BYTES_MAX = 24 * 1024;
const PUSHED_MESSAGES_MAX = 32;

/** How long a message may wait in the tail before it is moved on. */
export const MOVE_AFTER_MS = 30_000;

/** How many staged messages are read, and written, at once. */
export const STAGED_AT_ONCE = 100;
const WRITTEN_AT_ONCE = 200;

/**
 * Writes what of a commit's messages does not fit the tail to `bodies`, under a random attempt, and answers what the header
 * update pushes. Nothing of it counts before that update; what it leaves when that fails is never read.
 */
export async function placeMessages(context: MongoContext, changes: Changes): Promise<Placement> {
  const { header, messages, tokenCounts } = changes;
  const at = context.now();
  const settled = tokenCounts.map(({ sequence, tokenCount }) => ({ n: sequence, tok: tokenCount }));
  const encoded = messages.map((message) => encodeOne(header.uid, message, at));
  const { entries, staged, attempt } = layOut(encoded.map(({ fields }) => fields));
  await putChunks(
    context,
    encoded.flatMap(({ chunks }) => chunks),
  );
  if (attempt !== null) await putStaged(context, header.uid, attempt, staged, at);
  return {
    entries,
    bytes: entries.reduce((sum, entry) => sum + entryBytes(entry), 0),
    settled,
    moveAt: moveAtOf(at, changes, staged.length + settled.length),
    attempt,
  };
}

/**
 * Takes back what was written for a header update that was not made. Never throws: what stays is garbage. Looks before
 * whether the session has it after all, because what a stub stands for must not go.
 */
export async function discardPlacement(context: MongoContext, uid: string, placement: Placement): Promise<void> {
  const { attempt, entries } = placement;
  if (attempt === null && !entries.some((entry) => 'ref' in entry)) return;
  const { bodies, sessions } = context.collections;
  try {
    const session = await sessions.findOne(
      { uid, tomb: { $exists: false } },
      { projection: { 'tail.n': 1, 'tail.staged': 1 } },
    );
    if (session === null) await releaseChildren(context, uid);
    else if (attempt !== null && !attemptsIn(session.tail).has(attempt)) {
      await bodies.deleteMany({ _id: attemptRange(uid, attempt) });
    }
  } catch (error) {
    context.logger.debug({ uid, error: String(error) }, 'staged messages were left for the garbage collection');
  }
}

/** Reads what a stub stands for, from one number to another, both included; null when it was moved on meanwhile. Unchecked. */
export async function readStaged(
  { collections }: MongoContext,
  uid: string,
  { n, staged }: StagedMessage,
  [first, last]: [number, number],
  signal?: AbortSignal,
): Promise<MessageFields[] | null> {
  const ids = Array.from({ length: last - first + 1 }, (_, place) =>
    stagedId(uid, staged.attempt, staged.index + first - n + place),
  );
  const found = await collections.bodies.find({ _id: { $in: ids } }, { signal });
  const byId = new Map(found.map(({ _id, message }) => [_id, message]));
  const fields = ids.map((id) => byId.get(id)).filter((message) => message !== undefined);
  return fields.length < ids.length ? null : fields;
}

/** Deletes what lies staged for stubs that were pulled. */
export async function deleteStaged({ collections }: MongoContext, uid: string, entries: TailMessage[]): Promise<void> {
  for (const attempt of attemptsIn(entries)) await collections.bodies.deleteMany({ _id: attemptRange(uid, attempt) });
}

function attemptsIn(entries: readonly TailMessage[]): Set<string> {
  return new Set(entries.filter(isStub).map(({ staged }) => staged.attempt));
}

function encodeOne(uid: string, message: AppendedMessage, at: number) {
  if (message.body.length <= BODY_BYTES_MAX) return { fields: encodeMessage(uid, message), chunks: [] };
  const { ref, chunks } = splitBody(uid, message.body, at);
  return { fields: encodeMessage(uid, message, ref), chunks };
}

/** Stubs stand for runs of messages that follow each other, so that a batch of any size takes a few entries. */
function layOut(encoded: readonly MessageFields[]) {
  const isPushed = choosePushed(encoded);
  const entries: TailMessage[] = [];
  const staged: MessageFields[] = [];
  const attempt = isPushed.includes(false) ? randomBytes(12).toString('base64url') : null;
  encoded.forEach((fields, place) => {
    const before = entries.at(-1);
    if (isPushed[place] || attempt === null) {
      entries.push(fields);
    } else {
      if (before !== undefined && isStub(before)) before.staged.count += 1;
      else entries.push({ n: fields.n, staged: { attempt, index: staged.length, count: 1 } });
      staged.push(fields);
    }
  });
  return { entries, staged, attempt };
}

function choosePushed(encoded: readonly MessageFields[]): boolean[] {
  const isPushed = encoded.map(() => false);
  let room = PUSHED_BYTES_MAX;
  const lowest = Math.max(0, encoded.length - PUSHED_MESSAGES_MAX);
  for (let place = encoded.length - 1; place >= lowest; place--) {
    const bytes = entryBytes(encoded[place]!);
    if (bytes > PUSHED_BYTES_MAX) continue;
    if (bytes > room) break;
    isPushed[place] = true;
    room -= bytes;
  }
  return isPushed;
}

async function putStaged(
  { collections }: MongoContext,
  uid: string,
  attempt: string,
  staged: readonly MessageFields[],
  at: number,
): Promise<void> {
  for (let first = 0; first < staged.length; first += WRITTEN_AT_ONCE) {
    const documents = staged
      .slice(first, first + WRITTEN_AT_ONCE)
      .map((message, place): BodyDocument => ({ _id: stagedId(uid, attempt, first + place), message, at }));
    await collections.bodies.insertMany(documents);
  }
}

/** Stubs and exact counts make whatever looks across sessions work harder: they are moved on at once. */
function moveAtOf(at: number, { messages, recorded, toolCalls, forgetThrough }: Changes, urgentCount: number) {
  if (urgentCount > 0) return at;
  const isGrowing = messages.length > 0 || recorded.length > 0 || toolCalls.length > 0 || forgetThrough > 0;
  return isGrowing ? at + MOVE_AFTER_MS : null;
}

function stagedId(uid: string, attempt: string, index: number): string {
  return `${uid}/s/${attempt}/${index}`;
}

function attemptRange(uid: string, attempt: string): { $gte: string; $lt: string } {
  return { $gte: `${uid}/s/${attempt}/`, $lt: `${uid}/s/${attempt}0` };
}
