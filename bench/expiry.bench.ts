import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Collection, MongoClient } from 'mongodb';
import { openMemoryStore } from '../src/adapters/memory/store.ts';
import { openSqliteStore } from '../src/adapters/sqlite/store.ts';
import type { Store } from '../src/ports/store.ts';
import { openMongoStoreAt } from '../test/support/open-mongo-store.ts';
import { mongoServer } from '../test/support/servers/mongo-server.ts';
import { ScratchDatabases } from '../test/support/servers/scratch-databases.ts';
import { HOUR_MS, openTestEngine, startSession, type TestEngine } from '../test/support/test-engine.ts';
import { type Expired, expireAtOnce } from './support/expire-at-once.ts';
import { LeapingClock } from './support/leaping-clock.ts';
import type { Measure } from './support/measure.ts';
import { median } from './support/median.ts';
import type { Figure, Report } from './support/report.ts';
import { withScratch } from './support/scratch.ts';

const CALLERS = 32;

/**
 * Measures how many sessions a second a sweep expires: compare-and-set, event log and an empty outbox included. In memory,
 * on SQLite, and on MongoDB in turns with a bare driver loop: one findOneAndUpdate a session, in a copy of the same
 * collection under the same indexes. Then a service on SQLite with many sessions that are due at one instant.
 */
export const measure: Measure = ({ quick }) =>
  withScratch('expiry', async ({ folder }) => {
    const size = quick ? { rounds: 2, sessions: 1000 } : { rounds: 5, sessions: 5000 };
    const clock = new LeapingClock();
    const memory = await measureExclusive('memory', openMemoryStore({ clock }), clock, size);
    const store = await openSqliteStore({ path: join(folder, 'threadkeep.db'), clock });
    const sqlite = await measureExclusive('SQLite', store, clock, size);
    const mongodb = await measureMongo(quick ? { rounds: 2, sessions: 40 } : { rounds: 5, sessions: 120 });
    const atOnce = quick ? 5000 : 100_000;
    const swept = figuresOfExpired(await expireAtOnce(await mkdtemp(join(folder, 'at-once-')), atOnce), atOnce);
    return reportOf([memory, sqlite, mongodb, ...swept]);
  });

interface Size {
  rounds: number;
  sessions: number;
}

async function measureExclusive(name: string, store: Store, clock: LeapingClock, size: Size): Promise<Figure> {
  const opened = await openTestEngine({ store, machineClock: clock });
  const rates: number[] = [];
  for (let round = 0; round < size.rounds; round++) {
    await fill(opened, round, size.sessions);
    clock.leap(2 * HOUR_MS);
    rates.push(await ratePerSecond(size.sessions, () => expire(opened)));
  }
  await store.close();
  const wanted = { of: 'value', atLeast: 1000 } as const;
  return { name: 'Expiries', at: { store: name }, value: median(rates), unit: 'sessions/s', wanted };
}

async function measureMongo({ rounds, sessions }: Size): Promise<Figure> {
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
  const ratio = median(pairs.map((pair) => pair.expiry / pair.bare));
  return {
    name: 'Expiries',
    at: { store: 'MongoDB' },
    value: median(pairs.map((pair) => pair.expiry)),
    unit: 'sessions/s',
    reference: { name: 'bare findOneAndUpdate', value: median(pairs.map((pair) => pair.bare)), ratio },
    wanted: { of: 'ratio', atLeast: 0.5 },
  };
}

function figuresOfExpired({ perSecond, tookMs, calmP99Ms, busyP99Ms }: Expired, sessions: number): Figure[] {
  const at = { store: 'SQLite', sessions };
  const reference = { name: 'before they were due', value: calmP99Ms, ratio: busyP99Ms / calmP99Ms };
  return [
    {
      name: 'Expiries, all due at once',
      at,
      value: perSecond,
      unit: 'sessions/s',
      wanted: { of: 'value', atLeast: 1000 },
    },
    { name: 'Until all are expired', at, value: tookMs, unit: 'ms' },
    { name: 'Get meanwhile, p99', at, value: busyP99Ms, unit: 'ms', reference },
  ];
}

function reportOf(figures: Figure[]): Report {
  return {
    title: 'Expiry',
    method:
      'Sessions a second that a sweep expires, with compare-and-set, event log and an empty outbox; on MongoDB in turns with ' +
      `a driver loop of one findOneAndUpdate a session by ${CALLERS} callers. All due at once: a service as users run it, from the ` +
      'instant at which they are due; Get of another session is called all the time.',
    figures,
    plots: [],
  };
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
