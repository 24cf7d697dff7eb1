import type { MongoContext } from '../context.ts';
import { chunkRange } from '../messages/bodies.ts';
import { childRange, messageId } from '../messages/message-id.ts';

/** A body that was written within this time before the discard may be one that another commit just wrote again. */
const FRESH_MS = 3_600_000;

/**
 * Releases the bodies of discarded messages that no message above them has, too. Whoever commits with one of them writes
 * it again first, so that it is fresh; whoever wrote it before the discard lost its rev to it. Answers false, and does
 * nothing, while a batch is not moved on yet.
 */
export async function releaseDiscardedBodies(
  { collections, now }: MongoContext,
  uid: string,
  through: number,
  discardedAt: number,
): Promise<boolean> {
  const { messages, bodies, sessions } = collections;
  const discarded = { _id: { $gte: messageId(uid, 0), $lt: messageId(uid, through + 1) }, ref: { $exists: true } };
  const options = { projection: { ref: 1 } };
  const hashes = hashesOf(await messages.find(discarded, options));
  if (hashes.size === 0) return true;
  const { $lt } = childRange(uid);
  const kept = { _id: { $gt: messageId(uid, through), $lt }, 'ref.hash': { $in: [...hashes] } };
  const session = await sessions.findOne({ uid }, { projection: { 'tail.n': 1, 'tail.ref': 1, 'tail.staged': 1 } });
  const tail = session?.tail ?? [];
  if (tail.some((entry) => 'staged' in entry)) return false;
  const inTail = tail.filter(({ n }) => n > through) as { ref?: { hash: string } }[];
  const used = hashesOf([...inTail, ...(await messages.find(kept, options))]);
  for (const hash of [...hashes].filter((each) => !used.has(each))) {
    const filter = { _id: chunkRange(uid, hash), at: { $lt: discardedAt - FRESH_MS }, gcAt: { $exists: false } };
    await bodies.updateMany(filter, { $set: { gcAt: new Date(now()) } });
  }
  return true;
}

function hashesOf(holders: readonly { ref?: { hash: string } }[]): Set<string> {
  return new Set(holders.map(({ ref }) => ref?.hash).filter((hash) => hash !== undefined));
}
