import type { Document } from 'mongodb';
import type { MongoContext } from '../context.ts';

/** Capability is something that a server can do or cannot, with what follows from it for people. */
export interface Capability {
  name: string;
  isThere: boolean;
  /** False = the store works without it. */
  isNeeded: boolean;
  note: string;
}

/** A collection in which things are tried; it is dropped afterwards. */
const SCRATCH = 'capabilities';

/** The driver refuses older servers: 4.2 speaks wire version 8. */
const WIRE_VERSION_MIN = 8;

/** Clocks further apart than the service's uncertainty bring expiries late. */
const OFFSET_MAX_MS = 1000;

/** A change stream that was not refused for so long is open. */
const STREAM_OPEN_MS = 1000;

/** What a failed attempt answers. */
type Attempt = { isThere: boolean; detail: string };

/** Tries what a server can do, in a collection of its own; throws STORE_UNAVAILABLE where it cannot be reached. */
export async function probeCapabilities(context: MongoContext): Promise<Capability[]> {
  const { database } = context;
  const [build, hello] = [await database.command({ buildInfo: 1 }), await database.command({ hello: 1 })];
  try {
    return [...describeServer(build, hello), await probeClock(context), ...(await probeFeatures(context))];
  } finally {
    await database.command({ drop: SCRATCH }).catch(() => {});
  }
}

function describeServer(build: Document, hello: Document): Capability[] {
  const isCluster = hello.msg === 'isdbgrid';
  const topology = isCluster
    ? 'sharded cluster'
    : hello.setName === undefined
      ? 'standalone'
      : `replica set ${hello.setName}`;
  const hasCopies = topology !== 'standalone';
  return [
    {
      name: 'server',
      isThere: Number(hello.maxWireVersion) >= WIRE_VERSION_MIN,
      isNeeded: true,
      note: `MongoDB ${build.version}, wire versions ${hello.minWireVersion} to ${hello.maxWireVersion}`,
    },
    {
      name: 'copies of the data',
      isThere: hasCopies,
      isNeeded: false,
      note: hasCopies ? topology : 'standalone: what this one server loses is lost; use a replica set in production',
    },
    {
      name: 'retryable writes',
      isThere: hasCopies && hello.logicalSessionTimeoutMinutes !== undefined,
      isNeeded: false,
      note: 'the driver repeats a write whose answer was lost; request ids of our own do, too',
    },
    { name: 'transactions', isThere: hasCopies, isNeeded: false, note: 'not used: every write is to one document' },
  ];
}

async function probeClock({ clock, sampleNow }: MongoContext): Promise<Capability> {
  const before = clock.wallAt();
  const offsetMs = Math.round((await sampleNow()) - (before + clock.wallAt()) / 2);
  const isNear = Math.abs(offsetMs) <= OFFSET_MAX_MS;
  const remedy = isNear ? '' : '; let both machines follow NTP';
  const note = `the server's is ${Math.abs(offsetMs)} ms ${offsetMs < 0 ? 'behind' : 'ahead'}${remedy}`;
  return { name: 'clocks agree', isThere: isNear, isNeeded: false, note };
}

async function probeFeatures(context: MongoContext): Promise<Capability[]> {
  const { database } = context;
  const run = (command: Document) => attempt(async () => refuseWriteErrors(await database.command(command)));
  const index = (name: string, key: Document, options: Document = {}) =>
    run({ createIndexes: SCRATCH, indexes: [{ name, key, ...options }] });
  const majority = { writeConcern: { w: 'majority', j: true } };
  const unique = await index('unique', { a: 1 }, { unique: true });
  const insert = await run({ insert: SCRATCH, documents: [{ _id: 'one', a: 1, list: [{ k: 1 }] }], ...majority });
  const second = await run({ insert: SCRATCH, documents: [{ _id: 'two', a: 1 }] });
  const arrayUpdate = {
    q: { _id: 'one' },
    u: { $set: { 'list.$[each].k': 2 }, $max: { a: 2 } },
    arrayFilters: [{ 'each.k': 1 }],
  };
  return [
    needed('majority writes', insert, 'an answered write survives the loss of a minority'),
    needed('majority reads', await run({ find: SCRATCH, readConcern: { level: 'majority' } }), 'what is read stays'),
    needed(
      'unique indexes',
      both(unique, { isThere: !second.isThere, detail: 'they are not enforced' }),
      'numbers and ids of the event log',
    ),
    needed('sparse indexes', await index('sparse', { due: 1 }, { sparse: true }), 'work that is due is found'),
    needed(
      'partial indexes',
      await index('partial', { m: 1 }, { partialFilterExpression: { m: { $exists: true } } }),
      'messages are found by the caller’s ids',
    ),
    needed('array filters', await run({ update: SCRATCH, updates: [arrayUpdate] }), 'users are blanked in place'),
    needed(
      'aggregation',
      await run({ aggregate: SCRATCH, pipeline: [{ $group: { _id: '$a' } }], cursor: {} }),
      'search and statistics',
    ),
    needed(
      'TTL indexes',
      await index('ttl', { gcAt: 1 }, { expireAfterSeconds: 0 }),
      'what the purge released is removed; never the clock',
    ),
    useful(
      'change streams',
      await probeStream(context),
      'watchers hear of events at once',
      'watchers hear of events by polling, within about a second',
    ),
    useful(
      'text indexes',
      await index('text', { words: 'text' }),
      'not used: search goes by terms, alike on every store',
      'not needed: search goes by terms, alike on every store',
    ),
  ];
}

/** A stream is there unless the server refuses it soon. */
async function probeStream({ database }: MongoContext): Promise<Attempt> {
  const closed = new AbortController();
  const timer = setTimeout(() => closed.abort(), STREAM_OPEN_MS);
  return attempt(async () => {
    try {
      for await (const _ of database.watch(SCRATCH, [], closed.signal)) return;
    } finally {
      clearTimeout(timer);
      closed.abort();
    }
  });
}

async function attempt(action: () => Promise<void>): Promise<Attempt> {
  try {
    await action();
    return { isThere: true, detail: '' };
  } catch (error) {
    return { isThere: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

/** A command that writes answers refusals instead of failing. */
function refuseWriteErrors({ writeErrors = [], writeConcernError }: Document): void {
  const refusal = writeErrors[0] ?? writeConcernError;
  if (refusal !== undefined) throw new Error(refusal.errmsg);
}

function both(one: Attempt, other: Attempt): Attempt {
  return one.isThere ? other : one;
}

function needed(name: string, { isThere, detail }: Attempt, use: string): Capability {
  return {
    name,
    isThere,
    isNeeded: true,
    note: isThere ? use : `${use}: refused (${detail}); use MongoDB 4.4 or later`,
  };
}

function useful(name: string, { isThere }: Attempt, use: string, otherwise: string): Capability {
  return { name, isThere, isNeeded: false, note: isThere ? use : otherwise };
}
