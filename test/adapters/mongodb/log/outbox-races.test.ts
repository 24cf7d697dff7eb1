import { afterEach, describe, expect, test, vi } from 'vitest';
import type { MongoContext } from '../../../../src/adapters/mongodb/context.ts';
import type { OutboxEntry } from '../../../../src/adapters/mongodb/database/documents.ts';
import { EventAppender } from '../../../../src/adapters/mongodb/log/event-appender.ts';
import { encodeEventRow } from '../../../../src/adapters/mongodb/log/event-rows.ts';
import { MongoEventLog } from '../../../../src/adapters/mongodb/log/events.ts';
import { Outbox } from '../../../../src/adapters/mongodb/log/outbox.ts';
import { migrate } from '../../../../src/adapters/mongodb/schema/schema.ts';
import type { Skippable } from '../../../support/require.ts';
import { Instances } from '../instances.ts';
import { type Death, killedInstance } from '../killed-instance.ts';
import { faultsOf, fillOutbox, outboxEntry, readLog, TENANT } from '../outboxes.ts';

const RETENTION_MS = 72 * 3_600_000;

/** A drain asks for the tail, inserts, and pulls: it may die before and after each. */
const DEATHS: Death[] = [1, 2, 3].flatMap((call) => (['before', 'after'] as const).map((when) => ({ call, when })));

/** What a scenario changes about its instances: a protection taken away. */
interface Patch {
  instance?(context: MongoContext): MongoContext;
  database?(instances: Instances): Promise<unknown>;
}

afterEach(() => void vi.restoreAllMocks());

const RACES = 10;

describe('outbox: races and crashes', () => {
  test('three instances that drain at once lose and double nothing', async (context) => {
    expect(await race(context)).toEqual([]);
  });

  test.for(DEATHS)(
    'what an instance left that died $when call $call is finished by another',
    async (death, context) => {
      expect(await die(context, death)).toEqual([]);
    },
  );

  test.for(DEATHS)('of three instances in a race one may die $when call $call', async (death, context) => {
    expect(await race(context, {}, death)).toEqual([]);
  });

  test('an instance that slept while rows came, grew old and went, goes on behind them', async (context) => {
    expect(await sleep(context)).toEqual([]);
  });

  test('a row stays as long as its outbox is not emptied: its events are not logged again', async (context) => {
    expect(await compactUndrained(context)).toEqual([]);
  });
});

describe('outbox: without a protection the same scenarios fail', () => {
  test('numbers that are not unique are taken twice', async (context) => {
    const database = (instances: Instances) => instances.db.collection('session_events').dropIndex('t_1_n_1');
    let faults = '';
    // Not every race is lost.
    for (let round = 0; round < RACES && !faults.includes('is out of its place'); round += 1) {
      faults = (await race(context, { database, instance: withRandomIds })).join();
    }
    expect(faults).toContain('is out of its place');
  });

  test('event ids that are not unique are logged twice', async (context) => {
    const database = (instances: Instances) => instances.db.collection('session_events').dropIndex('t_1_eid_1');
    const faults = await die(context, { call: 2, when: 'after' }, { database });
    expect(faults.join()).toContain('is doubled');
  });

  test('events that are pulled before they are logged are lost', async (context) => {
    const append = EventAppender.prototype.append;
    let dying: MongoContext | null = null;
    vi.spyOn(EventAppender.prototype, 'append').mockImplementation(async function (this: EventAppender, entries) {
      const eids = entries.map(({ eid }) => eid);
      await dying?.collections.sessions.updateMany({}, { $pull: { outbox: { eid: { $in: eids } } } });
      return append.call(this, entries);
    });
    const instance = (context: MongoContext) => {
      dying = context;
      return context;
    };
    expect((await die(context, { call: 1, when: 'after' }, { instance })).join()).toContain('is lost');
  });

  test('numbers from a counter leave a hole where their taker dies', async (context) => {
    const taker = { context: null as MongoContext | null };
    vi.spyOn(EventAppender.prototype, 'append').mockImplementation((entries) =>
      appendByCounter(taker.context!, entries),
    );
    const instance = (context: MongoContext) => {
      taker.context = context;
      return context;
    };
    expect((await die(context, { call: 1, when: 'after' }, { instance })).join()).toContain('is out of its place');
  });

  test('a tail that is remembered for ever puts rows where others were', async (context) => {
    const instance = (each: MongoContext) => ({ ...each, clock: { wallAt: each.clock.wallAt, monotonicMs: () => 0 } });
    expect(await sleep(context, { instance })).not.toEqual([]);
  });

  test('rows that are compacted before their outbox is emptied are logged again', async (context) => {
    const instance = (each: MongoContext) => {
      vi.spyOn(each.collections.sessions, 'count').mockResolvedValue(0);
      return each;
    };
    expect((await compactUndrained(context, { instance })).join()).toContain('is logged again');
  });
});

/** Three instances drain sessions of their own, then all that there are; one may die on the way. Answers the log's faults. */
async function race(context: Skippable, patch: Patch = {}, death?: Death): Promise<string[]> {
  await using instances = await open(context, patch);
  const contexts = [0, 1, 2].map(() => add(instances, patch));
  const entries = await fill(instances, contexts[0]!, 12, 2);
  instances.clock.advance(5001);
  const drainers = contexts.map((each, place) => (place === 0 && death ? killedInstance(each, death) : each));
  await Promise.all(
    drainers.map((each, place) => drainOwnThenAll(new Outbox(each), entries[2 * place]!).catch(() => 0)),
  );
  await new Outbox(contexts[2]!).drainDue(99);
  return await faultsOf(contexts[2]!, entries);
}

async function drainOwnThenAll(outbox: Outbox, own: OutboxEntry): Promise<void> {
  const [name] = own.eid.split(' ');
  await outbox.drainSession(`${TENANT}/${name}`, `uid of ${name}`, [own]);
  await outbox.drainDue(99);
}

/** An instance dies while it drains a session; 5 s later another one does what is due. */
async function die(context: Skippable, death: Death, patch: Patch = {}): Promise<string[]> {
  await using instances = await open(context, patch);
  const survivor = add(instances, patch);
  const entries = await fill(instances, survivor, 1, 2);
  const dead = killedInstance(instances.add(), death);
  patch.instance?.(dead);
  await expect(new Outbox(dead).drainSession(`${TENANT}/s-0`, 'uid of s-0', entries)).rejects.toThrow('dead');
  expect(dead.isDead()).toBe(true);
  patch.instance?.(survivor);
  instances.clock.advance(5001);
  await new Outbox(survivor).drainDue(99);
  const later = await fill(instances, survivor, 1, 1, 'later');
  await new Outbox(survivor).drainSession(`${TENANT}/later-0`, 'uid of later-0', later);
  return await faultsOf(survivor, [...entries, ...later]);
}

/** An instance knows the tail and sleeps; the others' rows are compacted and removed before it goes on. */
async function sleep(context: Skippable, patch: Patch = {}): Promise<string[]> {
  await using instances = await open(context, patch);
  const [sleeper, other] = [add(instances, patch), instances.add()];
  const outbox = new Outbox(sleeper);
  const drain = async (by: Outbox, name: string) => {
    const entries = await fill(instances, other, 1, 1, name);
    await by.drainSession(`${TENANT}/${name}-0`, `uid of ${name}-0`, entries);
  };
  await drain(outbox, 'first');
  for (const name of ['second', 'third', 'fourth']) await drain(new Outbox(other), name);
  instances.clock.advance(RETENTION_MS + 1);
  await new MongoEventLog(other, new Outbox(other)).compact(instances.clock.wallAt(), 99);
  await other.collections.session_events.deleteMany({ gcAt: { $exists: true } });
  await drain(outbox, 'fifth');
  const numbers = (await readLog(other)).map(({ n }) => n);
  return numbers.join() === '4,5' ? [] : [`the log holds ${numbers}`];
}

/** A row is old, and its drainer died before it emptied the outbox; then comes the compactor, then another drainer. */
async function compactUndrained(context: Skippable, patch: Patch = {}): Promise<string[]> {
  await using instances = await open(context, patch);
  const one = add(instances, patch);
  const entries = await fill(instances, one, 1, 2);
  const dead = killedInstance(instances.add(), { call: 2, when: 'after' });
  await expect(new Outbox(dead).drainSession(`${TENANT}/s-0`, 'uid of s-0', entries)).rejects.toThrow('dead');
  instances.clock.advance(RETENTION_MS + 1);
  const outbox = new Outbox(one);
  await new MongoEventLog(one, outbox).compact(instances.clock.wallAt(), 99);
  const before = (await readLog(one)).filter(({ gcAt }) => gcAt !== undefined).map(({ eid }) => eid);
  await one.collections.session_events.deleteMany({ gcAt: { $exists: true } });
  await outbox.drainDue(9);
  const after = (await readLog(one)).map(({ eid }) => eid);
  return before.filter((eid) => after.includes(eid)).map((eid) => `${eid} is logged again`);
}

async function open(context: Skippable, { database }: Patch): Promise<Instances> {
  const instances = await Instances.open(context);
  await migrate(instances.add());
  await database?.(instances);
  return instances;
}

function add(instances: Instances, { instance = (each) => each }: Patch): MongoContext {
  return instance(instances.add());
}

async function fill(
  instances: Instances,
  one: MongoContext,
  sessions: number,
  commits: number,
  name = 's',
): Promise<OutboxEntry[]> {
  const at = instances.clock.wallAt();
  const outboxes = Array.from({ length: sessions }, (_, session) =>
    Array.from({ length: commits }, (_, commit) => outboxEntry(`${name}-${session}`, commit + 1, at)),
  );
  await Promise.all(outboxes.map((outbox, session) => fillOutbox(one, `${name}-${session}`, outbox)));
  return outboxes.flat();
}

/** The `_id` of a row holds its number, too: without it only the index is left to keep numbers apart. */
function withRandomIds(context: MongoContext): MongoContext {
  const rows = context.collections.session_events;
  const insertMany = rows.insertMany.bind(rows);
  vi.spyOn(rows, 'insertMany').mockImplementation((documents) =>
    insertMany(documents.map((document) => ({ ...document, _id: crypto.randomUUID() }))),
  );
  return context;
}

async function appendByCounter(context: MongoContext, entries: readonly OutboxEntry[]): Promise<void> {
  for (const entry of entries) {
    const { meta, session_events: rows } = context.collections;
    const counter = await meta.findOneAndUpdate({ _id: 'counter' }, { $inc: { last: 1 } }, { upsert: true });
    const row = encodeEventRow(entry, { tenant: TENANT, number: Number(counter?.last), now: context.now() });
    await rows.insertMany([row]);
  }
}
