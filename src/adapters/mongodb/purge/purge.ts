import type { Basis, Changes } from '../../../model/basis.ts';
import type { MongoContext } from '../context.ts';
import type { Documents } from '../database/database.ts';
import type { GoneChildren, SessionDocument } from '../database/documents.ts';
import { childRange, messageId } from '../messages/message-id.ts';
import { releaseDiscardedBodies } from './release-bodies.ts';
import { releaseStaged } from './release-staged.ts';

/** How many sessions one step of the garbage collection looks at. */
const SESSIONS_AT_ONCE = 20;

type GoneDocument = Pick<SessionDocument, '_id' | 'uid' | 'tomb' | 'floor' | 'gone'>;

/** Names what a commit leaves to the purge: all that hung on the basis' uid when that is over, or the messages it discards. */
export function goneBy({ header }: Basis, changes: Changes, at: number): GoneChildren[] {
  if (header === null || header.isTombstone) return [];
  const isOver = changes.header.isTombstone || changes.header.uid !== header.uid;
  if (isOver) return [{ uid: header.uid, at }];
  return changes.discardThrough > 0 ? [{ uid: header.uid, through: changes.discardThrough, at }] : [];
}

/** Gives all that hangs on a uid that is over to the TTL indexes. Idempotent. */
export async function releaseChildren(context: MongoContext, uid: string): Promise<void> {
  for (const collection of childCollections(context)) {
    await collection.updateMany({ _id: childRange(uid), ...UNRELEASED }, released(context));
  }
}

/**
 * Forgets a tombstone, if it still has this uid and rev and its events are in the log. What hangs on it is released once
 * more before: a mover that was paused may have copied after the purge.
 */
export async function forgetTombstone(
  context: MongoContext,
  documentId: string,
  uid: string,
  rev: number,
): Promise<void> {
  const { sessions } = context.collections;
  const filter = { _id: documentId, uid, rev, tomb: true, 'outbox.0': { $exists: false } };
  const tombstone = await sessions.findOne(filter, { projection: { gone: 1 } });
  if (tombstone === null) return;
  for (const each of new Set([uid, ...(tombstone.gone ?? []).map((gone) => gone.uid)])) {
    await releaseChildren(context, each);
  }
  await sessions.deleteMany(filter);
}

/**
 * Releases what no live session holds, at most `rowsMax` documents, and answers how many: children of uids that are over,
 * discarded messages, and batches that were staged and never committed.
 */
export async function collectGarbage(context: MongoContext, rowsMax: number): Promise<number> {
  const { sessions } = context.collections;
  const projection = { uid: 1, tomb: 1, floor: 1, gone: 1 };
  const found = await sessions.find({ 'gone.at': { $gt: 0 } }, { projection, limit: SESSIONS_AT_ONCE });
  let rows = 0;
  for (const document of found) {
    for (const gone of document.gone ?? []) {
      if (rows < rowsMax) rows += await releaseGone(context, document, gone, rowsMax - rows);
    }
  }
  return rows < rowsMax ? rows + (await releaseStaged(context, rowsMax - rows)) : rows;
}

const UNRELEASED = { gcAt: { $exists: false } };

function released({ now }: MongoContext) {
  return { $set: { gcAt: new Date(now()) } };
}

type Children = Documents<{ _id: string }>;

function childCollections(context: MongoContext): Children[] {
  const { bodies, calls } = context.collections;
  return [messagesOf(context), bodies as unknown as Children, calls as unknown as Children];
}

function messagesOf({ collections }: MongoContext): Children {
  return collections.messages as unknown as Children;
}

/** Answers the documents released, and one for the note itself once nothing is left. */
async function releaseGone(
  context: MongoContext,
  document: GoneDocument,
  gone: GoneChildren,
  limit: number,
): Promise<number> {
  const { _id, uid } = document;
  const rows = await releaseNoted(context, document, gone, limit);
  if (rows === null || rows >= limit) return rows ?? 0;
  await context.collections.sessions.updateOne({ _id, uid }, { $pullAll: { gone: [gone] } });
  return rows + 1;
}

/** Null = to be tried another time. A note that the session's life has overtaken comes to nothing. */
async function releaseNoted(
  context: MongoContext,
  { uid, tomb, floor = 0 }: GoneDocument,
  gone: GoneChildren,
  limit: number,
): Promise<number | null> {
  const isLiving = gone.uid === uid && tomb !== true;
  if (gone.through === undefined) return isLiving ? 0 : releaseLife(context, gone.uid, limit);
  const through = Math.min(gone.through, floor);
  if (!isLiving) return 0;
  return (await releaseDiscardedBodies(context, uid, through, gone.at))
    ? releaseRange(context, messagesOf(context), { $gte: messageId(uid, 0), $lt: messageId(uid, through + 1) }, limit)
    : null;
}

async function releaseLife(context: MongoContext, uid: string, limit: number): Promise<number> {
  let rows = 0;
  for (const collection of childCollections(context)) {
    if (rows < limit) rows += await releaseRange(context, collection, childRange(uid), limit - rows);
  }
  return rows;
}

async function releaseRange(
  context: MongoContext,
  collection: Children,
  range: { $gte: string; $lt: string },
  limit: number,
): Promise<number> {
  const options = { projection: { _id: 1 }, sort: { _id: 1 }, limit } as const;
  const found = await collection.find({ _id: range, ...UNRELEASED }, options);
  const [first, last] = [found[0], found.at(-1)];
  if (first === undefined || last === undefined) return 0;
  return collection.updateMany({ _id: { $gte: first._id, $lte: last._id }, ...UNRELEASED }, released(context));
}
