import type { MongoContext } from '../context.ts';
import { compareIndexes, readVersion, SCHEMA } from '../schema/schema.ts';

/** Inspection is what an operator wants to know of a database at a glance; instants by the server's clock. */
export interface Inspection {
  serverVersion: string;
  /** How the server keeps copies: `standalone` keeps one only. */
  topology: 'standalone' | 'replica set' | 'sharded cluster';
  schema: { version: number; expected: number; missing: string[]; obsolete: string[] };
  /** Sessions whose events are not in the log yet, and when the oldest of them were pushed; null = none. */
  outboxes: Pending;
  /** Sessions whose messages want to be moved on, and since when. */
  moves: Pending;
  /** Of some messages taken at random, those that no session holds and nothing will remove. */
  orphans: { looked: number; found: number };
}

/** Pending counts what waits to be finished. */
interface Pending {
  count: number;
  oldestAt: number | null;
}

const COUNT_MAX = 10_000;
const SAMPLE_SIZE = 500;

/** Looks at a database without changing anything; cheap on one of any size. */
export async function inspect(context: MongoContext): Promise<Inspection> {
  const { database } = context;
  const [build, hello, version, indexes] = await Promise.all([
    database.command({ buildInfo: 1 }),
    database.command({ hello: 1 }),
    readVersion(context),
    compareIndexes(context),
  ]);
  const [outboxes, moves, orphans] = await Promise.all([readOutboxes(context), readMoves(context), sample(context)]);
  return {
    serverVersion: String(build.version),
    topology: topologyOf(hello),
    schema: { version, expected: SCHEMA.version, ...indexes },
    outboxes,
    moves,
    orphans,
  };
}

function topologyOf(hello: Record<string, unknown>): Inspection['topology'] {
  if (hello.msg === 'isdbgrid') return 'sharded cluster';
  return typeof hello.setName === 'string' ? 'replica set' : 'standalone';
}

async function readOutboxes({ collections: { sessions } }: MongoContext): Promise<Pending> {
  const filter = { 'outbox.at': { $gt: 0 } };
  const [oldest] = await sessions.find(filter, { sort: { 'outbox.at': 1 }, limit: 1, projection: { outbox: 1 } });
  const count = await sessions.count(filter, { limit: COUNT_MAX });
  return { count, oldestAt: oldest?.outbox[0]?.at ?? null };
}

async function readMoves({ collections: { sessions } }: MongoContext): Promise<Pending> {
  const filter = { moveAt: { $gt: 0 } };
  const [oldest] = await sessions.find(filter, { sort: { moveAt: 1 }, limit: 1, projection: { moveAt: 1 } });
  const count = await sessions.count(filter, { limit: COUNT_MAX });
  return { count, oldestAt: oldest?.moveAt ?? null };
}

async function sample({ collections: { messages, sessions } }: MongoContext): Promise<Inspection['orphans']> {
  const pipeline = [{ $sample: { size: SAMPLE_SIZE } }, { $match: { gcAt: null } }, { $project: { uid: 1 } }];
  const looked = await messages.aggregate<{ uid: string }>(pipeline);
  const uids = [...new Set(looked.map(({ uid }) => uid))];
  const held = await sessions.find({ uid: { $in: uids } }, { projection: { uid: 1 } });
  const live = new Set(held.map(({ uid }) => uid));
  return { looked: looked.length, found: looked.filter(({ uid }) => !live.has(uid)).length };
}
