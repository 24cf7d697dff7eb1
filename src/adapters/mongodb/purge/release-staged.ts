import type { MongoContext } from '../context.ts';
import { uidOfBody } from '../messages/bodies.ts';
import { isStub } from '../messages/tail.ts';

const DAY_MS = 86_400_000;

/**
 * Releases staged messages older than a day that no tail stands for, at most `limit`; answers how many. A header write
 * fences their attempt before: a paused instance that would still commit it finds another rev.
 */
export async function releaseStaged(context: MongoContext, limit: number): Promise<number> {
  const { bodies } = context.collections;
  const filter = { at: { $lt: context.now() - DAY_MS }, message: { $exists: true }, gcAt: { $exists: false } };
  const found = await bodies.find(filter, { projection: { _id: 1 }, limit });
  let rows = 0;
  for (const [uid, staged] of Map.groupBy(found, ({ _id }) => uidOfBody(_id))) {
    const committed = await fence(context, uid);
    if (committed === null) continue;
    const ids = staged.map(({ _id }) => _id).filter((id) => !committed.has(attemptOf(id)));
    if (ids.length === 0) continue;
    rows += await bodies.updateMany({ _id: { $in: ids } }, { $set: { gcAt: new Date(context.now()) } });
  }
  return rows;
}

/** Answers the attempts that were committed and not moved yet, none for a uid that is over; null = lost to another write. */
async function fence({ collections: { sessions } }: MongoContext, uid: string): Promise<Set<string> | null> {
  const document = await sessions.findOne({ uid, tomb: { $exists: false } }, { projection: { rev: 1 } });
  if (document === null) return new Set();
  const { _id, rev } = document;
  const fenced = await sessions.findOneAndUpdate(
    { _id, uid, rev },
    { $inc: { rev: 1 } },
    { projection: { 'tail.n': 1, 'tail.staged': 1 } },
  );
  return fenced === null ? null : new Set(fenced.tail.filter(isStub).map(({ staged }) => staged.attempt));
}

function attemptOf(documentId: string): string {
  return documentId.split('/').at(-2) as string;
}
