import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Collection, MongoClient } from 'mongodb';
import { openMemoryStore } from '../src/adapters/memory/store.ts';
import { openSqliteStore } from '../src/adapters/sqlite/store.ts';
import { systemClock } from '../src/adapters/system/clock.ts';
import type { Clock } from '../src/ports/clock.ts';
import type { Store } from '../src/ports/store.ts';
import { openMongoStoreAt } from '../test/support/open-mongo-store.ts';
import { mongoServer } from '../test/support/servers/mongo-server.ts';
import { ScratchDatabases } from '../test/support/servers/scratch-databases.ts';
import { HOUR_MS, openTestEngine, startSession, type TestEngine } from '../test/support/test-engine.ts';
import type { Measure } from './support/measure.ts';
import { median } from './support/median.ts';

const CALLERS = 32;

/**
 * Measures how many sessions a second a sweep expires: compare-and-set, event log and an empty outbox included. In memory,
 * on SQLite, and on MongoDB in turns with a bare driver loop: one findOneAndUpdate a session, in a copy of the same
 * collection under the same indexes.
 */
export const measure: Measure = async ({ quick }) => {
  const [rounds, sessions] = quick ? [3, 2000] : [5, 5000];
  const clock = new LeapingClock();
  await measureExclusive('memory', openMemoryStore({ clock }), clock, { rounds, sessions });
  const folder = await mkdtemp(join(tmpdir(), 'threadkeep-expiry-'));
  const sqlite = await openSqliteStore({ path: join(folder, 'threadkeep.db'), clock });
  await measureExclusive('sqlite', sqlite, clock, { rounds, sessions });
  await rm(folder, { recursive: true });
  await measureMongo(quick ? { rounds: 5, sessions: 150 } : { rounds: 9, sessions: 400 });
};

/** LeapingClock is the machine's clock, and leaps ahead when it is told to: deadlines pass, and durations are what they are. */
class LeapingClock implements Clock {
  #aheadMs = 0;

  wallAt(): number {
    return systemClock.wallAt() + this.#aheadMs;
  }

  monotonicMs(): number {
    return systemClock.monotonicMs() + this.#aheadMs;
  }

  leap(ms: number): void {
    this.#aheadMs += ms;
  }
}

interface Size {
  rounds: number;
  sessions: number;
}

async function measureExclusive(name: string, store: Store, clock: LeapingClock, size: Size): Promise<void> {
  const opened = await openTestEngine({ store, machineClock: clock });
  const rates: number[] = [];
  for (let round = 0; round < size.rounds; round++) {
    await fill(opened, round, size.sessions);
    clock.leap(2 * HOUR_MS);
    rates.push(await ratePerSecond(size.sessions, () => expire(opened)));
  }
  await store.close();
  console.log(`${name}: ${median(rates).toFixed(0)} expiries/s (wanted: 1000 at least)`);
}

async function measureMongo({ rounds, sessions }: Size): Promise<void> {
  const scratch = new ScratchDatabases(await mongoServer());
  const [own, bare] = [scratch.next(), scratch.next()];
  const clock = new LeapingClock();
  const urlOf = (await mongoServer()).urlOf;
  const store = await openMongoStoreAt(urlOf(own), clock);
  await (await openMongoStoreAt(urlOf(bare), clock)).close();
  const opened = await openTestEngine({ store, machineClock: clock });
  const [swept, copies] = [own, bare].map((name) => durably(scratch.client, name));
  const pairs: { expiry: number; bare: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    await fill(opened, round, sessions);
    clock.leap(2 * HOUR_MS);
    await copies!.deleteMany({});
    await copies!.insertMany(await swept!.find({}).toArray());
    const bareRate = await ratePerSecond(sessions, () => updateEach(copies!));
    const expiryRate = await ratePerSecond(sessions, async () => {
      await expire(opened);
      while ((await swept!.countDocuments({ 'outbox.at': { $gt: 0 } })) > 0) await wait(20);
    });
    pairs.push({ expiry: expiryRate, bare: bareRate });
  }
  await store.close();
  await scratch.close();
  const figure = (side: 'expiry' | 'bare') => median(pairs.map((pair) => pair[side])).toFixed(0);
  const ratio = median(pairs.map((pair) => pair.expiry / pair.bare)).toFixed(2);
  console.log(
    `mongodb: ${figure('expiry')} expiries/s, ${figure('bare')} bare findOneAndUpdate/s by ${CALLERS} callers:`,
  );
  console.log(`  ${ratio} of the bare rate (wanted: 0.5 at least)`);
}

type Copies = Collection<{ _id: string; uid: string; rev: number; status: string }>;

function durably(client: MongoClient, database: string): Copies {
  return client.db(database, { writeConcern: { w: 'majority', journal: true } }).collection('sessions');
}

async function fill(opened: TestEngine, round: number, sessions: number): Promise<void> {
  const names = Array.from({ length: sessions }, (_, place) => `expiry-${round}-${place}`).values();
  const startRest = async () => {
    for (const sessionId of names) await startSession(opened, { sessionId, userId: sessionId, ttlMs: HOUR_MS });
  };
  await Promise.all(Array.from({ length: CALLERS }, startRest));
}

async function expire({ engine, store }: TestEngine): Promise<void> {
  for (;;) {
    await engine.sweeper.sweepOnce();
    if ((await store.sessions.countDue(engine.time().now)) === 0) return;
    await wait(engine.settings.sweepIntervalMs);
  }
}

async function updateEach(copies: Copies): Promise<void> {
  const found = (await copies.find({ status: 'ACTIVE' }, { projection: { uid: 1, rev: 1 } }).toArray()).values();
  const updateRest = async () => {
    for (const { _id, uid, rev } of found) {
      await copies.findOneAndUpdate({ _id, uid, rev }, { $inc: { rev: 1 } }, { projection: { _id: 1 } });
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, updateRest));
}

async function ratePerSecond(count: number, run: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await run();
  return (1000 * count) / (performance.now() - startedAt);
}
