import type { Finding } from '../../../ports/store.ts';
import { LIVE } from '../across/session-scope.ts';
import type { MongoContext } from '../context.ts';
import type { Documents } from '../database/database.ts';
import type { ClaimDocument } from '../database/documents.ts';
import { tenantOf } from '../log/event-rows.ts';
import { childRange } from '../messages/message-id.ts';
import { documentIdOf } from '../sessions/session-codec.ts';

/** How many uids are looked up at once. */
const LOOKED_UP_AT_ONCE = 250;

/** What was written lately may belong to a session that is just being written. */
const YOUNG_MS = 24 * 3_600_000;

const KEPT = { gcAt: { $exists: false } } as const;
const CHILDREN = ['messages', 'bodies', 'calls'] as const;

type Children = Documents<{ _id: string; at?: number }>;

/** Looks for what hangs on no session: messages, bodies and remembered calls of gone uids, and claims that nobody holds. */
export async function* verifyChildren(
  context: MongoContext,
  onProgress: (share: number) => void,
  signal?: AbortSignal,
): AsyncGenerator<Finding> {
  for (const [place, name] of CHILDREN.entries()) {
    for await (const uids of batches(uidsIn(context.collections[name] as Children, signal))) {
      for (const uid of await withoutSession(context, uids)) {
        if (!(await isOrphan(context, name, uid))) continue;
        yield {
          what: `${name} of uid ${uid} hang on no session`,
          remedy: `they are out of reach and do no harm; to have the room, delete them from ${name} by that prefix`,
        };
      }
    }
    onProgress((place + 1) / (CHILDREN.length + 1));
  }
  yield* verifyClaims(context, signal);
}

/** Yields each uid once; what hangs on one lies together. */
async function* uidsIn(children: Children, signal?: AbortSignal): AsyncGenerator<string> {
  let last = '';
  for await (const { _id } of children.scan(KEPT, { projection: { _id: 1 }, sort: { _id: 1 }, signal })) {
    const uid = _id.slice(0, _id.indexOf('/'));
    if (uid !== last) yield uid;
    last = uid;
  }
}

/** Returns the uids that neither a live session has nor a purge still works on. */
async function withoutSession({ collections: { sessions } }: MongoContext, uids: string[]): Promise<string[]> {
  const holders = await sessions.find(
    { $or: [{ uid: { $in: uids } }, { 'gone.uid': { $in: uids } }] },
    { projection: { uid: 1, gone: 1 } },
  );
  const held = new Set(holders.flatMap(({ uid, gone = [] }) => [uid, ...gone.map((each) => each.uid)]));
  return uids.filter((uid) => !held.has(uid));
}

/** Looks again: what a purge released meanwhile is none, and neither is what was written lately. */
async function isOrphan(
  { collections, now }: MongoContext,
  name: (typeof CHILDREN)[number],
  uid: string,
): Promise<boolean> {
  const children = collections[name] as Children;
  const old = { $or: [{ at: { $lt: now() - YOUNG_MS } }, { at: { $exists: false } }] };
  return (await children.count({ _id: childRange(uid), ...KEPT, ...old }, { limit: 1 })) > 0;
}

async function* verifyClaims(context: MongoContext, signal?: AbortSignal): AsyncGenerator<Finding> {
  const { claims, sessions } = context.collections;
  const old = { ...KEPT, at: { $lt: context.now() - YOUNG_MS } };
  for await (const batch of batches<ClaimDocument>(claims.scan(old, { signal }))) {
    const holderOf = ({ _id, sid }: ClaimDocument) => documentIdOf(tenantOf(_id), sid);
    const live = await sessions.find({ _id: { $in: batch.map(holderOf) }, ...LIVE }, { projection: { holds: 1 } });
    const holds = new Map(live.map((session) => [session._id, session.holds ?? []]));
    for (const claim of batch) {
      const { _id } = claim;
      const key = _id.slice(_id.indexOf('/') + 1);
      if (holds.get(holderOf(claim))?.includes(key)) continue;
      yield {
        what: `claim ${_id} is held by no session`,
        remedy: 'none is needed: whoever asks for it gets it',
      };
    }
  }
}

async function* batches<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item[]> {
  let batch: Item[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < LOOKED_UP_AT_ONCE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
