import type { MongoContext } from '../context.ts';
import type { Update } from '../database/database.ts';
import type { SessionDocument } from '../database/documents.ts';
import { releaseChildren } from '../purge/purge.ts';
import { hasTexts, releaseTexts, TEXT_REFERENCES } from '../purge/release-texts.ts';
import { type CallsMove, moveCalls } from '../sessions/call-memory.ts';
import { copyMessages, tellSettled, toldSettled } from './copy-messages.ts';
import { MovedOn } from './message-pages.ts';
import { deleteStaged, MOVE_AFTER_MS } from './staging.ts';
import { isStub, lastOf, type MovePlan, planMove, pullOf } from './tail.ts';

const PROJECTION = {
  ...{ uid: 1, t: 1, sid: 1, user: 1, agent: 1, rev: 1, tail: 1, moved: 1, moveAt: 1, floor: 1, settled: 1 },
  ...{ rids: 1, starts: 1, holds: 1, ridsMoved: 1, ridsForgotten: 1, tools: 1, toolsMoved: 1 },
  ...TEXT_REFERENCES,
};

/** How often a move begins again because another instance was faster. */
const ATTEMPTS_MAX = 3;

/**
 * Moves one session on: copies, then pulls by one update of the document that it read. Nothing happens to a session that is
 * over or has nothing to move. One that is known to grow meanwhile is not expected to be as it was. Throws what the store threw.
 */
export async function moveOnce(context: MongoContext, documentId: string, { isGrowing = false } = {}): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const filter = { _id: documentId, tomb: { $exists: false } };
    const moveAt = context.now() + MOVE_AFTER_MS;
    const document = await context.collections.sessions.findOne(filter, { projection: PROJECTION });
    if (document === null) return;
    const plan = planMove(document);
    try {
      await copyMessages(context, document, plan.copied);
    } catch (error) {
      if (error instanceof MovedOn && attempt < ATTEMPTS_MAX) continue;
      throw error;
    }
    await tellSettled(context, document);
    await finish(context, { document, plan, calls: await moveCalls(context, document), leftUntil: moveAt, isGrowing });
    if (hasTexts(document)) await releaseTexts(context, documentId, document.uid);
    return;
  }
}

/** Move is what was copied, to be pulled; what the session got since it was read may wait until `leftUntil`. */
interface Move {
  document: SessionDocument;
  plan: MovePlan;
  calls: CallsMove;
  leftUntil: number;
  isGrowing: boolean;
}

/**
 * The number that leads the tail tells that nothing was pulled since it was read; appends do not disturb. Only where nothing
 * at all was written since (rev) is there nothing left to move.
 */
async function finish(
  context: MongoContext,
  { document, plan, calls: { always, ifUnchanged }, leftUntil, isGrowing }: Move,
): Promise<void> {
  const { sessions } = context.collections;
  const { _id, uid, rev, tail, moveAt } = document;
  const told = toldSettled(document, plan.pulledThrough);
  const settling = told.length === 0 ? {} : { $pullAll: { settled: told } };
  const update = merge(merge(pullOf(plan), always), settling);
  const whole = merge(merge(update, ifUnchanged), moveAt === undefined ? {} : { $unset: { moveAt: '' } });
  if (Object.keys(whole).length === 0) return;
  const front = plan.pulledThrough === 0 ? {} : { 'tail.0.n': tail[0]?.n };
  const filter = { _id, uid, tomb: { $exists: false }, ...front };
  const isWholeTried = !isGrowing || Object.keys(ifUnchanged).length > 0;
  const rest = moveAt === undefined ? update : merge(update, { $set: { moveAt: leftUntil } });
  const isDone =
    (isWholeTried && (await sessions.updateOne({ ...filter, rev }, whole)) === 1) ||
    (Object.keys(update).length > 0 && (await sessions.updateOne(filter, rest)) === 1);
  if (!isDone) await releaseIfOver(context, document);
  const stubs = tail.filter((entry) => isStub(entry) && lastOf(entry) <= plan.pulledThrough);
  if (isDone && stubs.length > 0) await deleteStaged(context, uid, stubs);
}

/** A session that ended while it was moved may have been purged before the copies came. */
async function releaseIfOver(context: MongoContext, { _id, uid }: SessionDocument): Promise<void> {
  const filter = { _id, uid, tomb: { $exists: false } };
  const live = await context.collections.sessions.findOne(filter, { projection: { _id: 1 } });
  if (live === null) await releaseChildren(context, uid);
}

function merge(one: Update, other: Update): Update {
  const merged: Update = { ...one };
  for (const [operator, fields] of Object.entries(other)) merged[operator] = { ...merged[operator], ...fields };
  return merged;
}
