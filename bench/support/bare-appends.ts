import { BSON, type Document, MongoClient } from 'mongodb';
import type { AppendTemplate } from './append-template.ts';

// A process of its own that appends with the bare driver: one findOneAndUpdate each, with the filter and the update that
// the service sends. Its arguments: connection string and template; its messages: how many callers, for how long.

/** Order asks for a run; BareRun is what came of it. */
export type Order = { callers: number; durationMs: number };
export type BareRun = { appends: number };

/** As many as stay in a session's document before the service moves them on, about. */
const KEPT = 48;

const [url = '', template = ''] = process.argv.slice(2);
const texts = JSON.parse(template) as AppendTemplate;
const seed: Document = BSON.EJSON.parse(texts.session);
const query: Document = BSON.EJSON.parse(texts.query);
const update: Document = BSON.EJSON.parse(texts.update);
const { $inc, $push, $set, ...others } = update;
const client = new MongoClient(url, { writeConcern: { w: 'majority', journal: true } });
const sessions = client.db().collection<Document & { _id: string }>('sessions');

process.on('message', async ({ callers, durationMs }: Order) => {
  const endAt = performance.now() + durationMs;
  const counts = await Promise.all(Array.from({ length: callers }, (_, caller) => appendUntil(endAt, caller)));
  process.send?.({ appends: counts.reduce((sum, count) => sum + count, 0) } satisfies BareRun);
});
process.on('disconnect', () => void client.close());
await client.connect();
process.send?.('ready');

async function appendUntil(endAt: number, caller: number): Promise<number> {
  const identity = { _id: `bare/${caller}`, uid: `bare-${caller}` };
  const { _id, uid } = identity;
  let { rev, seq } = seed;
  await sessions.replaceOne({ _id }, { ...seed, ...$set, ...identity, rev, seq, tail: [], rids: [] }, { upsert: true });
  const { dormantAt = query.dormantAt, expireAt = query.expireAt, warnAt = query.warnAt } = $set;
  const [message] = $push.tail.$each;
  let appends = 0;
  for (; performance.now() < endAt; appends++) {
    const filter = { ...query, ...identity, rev, dormantAt, expireAt, warnAt };
    const tail = { $each: [{ ...message, n: seq + 1 }], $slice: -KEPT };
    const rids = { ...$push.rids, $slice: -KEPT };
    const set = { ...$set, uid, rev: rev + 1, version: rev + 1, seq: seq + 1, tailBytes: $inc.tailBytes };
    const next = { ...others, $set: set, $push: { ...$push, tail, rids } };
    const found = await sessions.findOneAndUpdate(filter, next, { projection: { _id: 1 } });
    if (found === null) throw new Error(`append ${appends + 1} of caller ${caller} matched nothing`);
    rev += 1;
    seq += 1;
  }
  return appends;
}
