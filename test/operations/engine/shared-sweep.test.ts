import { afterEach, expect, test, vi } from 'vitest';
import { openMemoryStore } from '../../../src/adapters/memory/store.ts';
import { SweepShare } from '../../../src/operations/engine/sweep-share.ts';
import { Sweeper } from '../../../src/operations/engine/sweeper.ts';
import type { Store } from '../../../src/ports/store.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { openTestEngine, startSession, type TestEngine } from '../../support/test-engine.ts';
import { asShared, withSessions } from '../../support/wrapped-store.ts';

const INSTANCE_IDS = ['a', 'b', 'c'];
const TTL_MS = 5000;

afterEach(() => {
  vi.useRealTimers();
});

/** Sweepers of instances that know of each other, over sessions that all expire at one time. */
async function openSweepers(sessionCount: number, change: (store: Store) => Store = (store) => store) {
  const clock = new ManualClock();
  const world = await openTestEngine({ clock, store: asShared(change(openMemoryStore({ clock }))) });
  const sweepers = await sweepersOf(world);
  for (let place = 0; place < sessionCount; place += 1) {
    await startSession(world, { sessionId: `s${place}`, ttlMs: TTL_MS, expiringLeadMs: 0 });
  }
  return { world, clock, sweepers };
}

/** Makes a sweeper of each instance, all of them alive. */
async function sweepersOf(world: TestEngine): Promise<Sweeper[]> {
  const { presence } = world.store;
  for (const id of INSTANCE_IDS) await presence.beat(id, world.clock.wallAt());
  return Promise.all(INSTANCE_IDS.map((id) => sweeperOf(world, id)));
}

async function sweeperOf({ engine, store, clock }: TestEngine, instanceId: string): Promise<Sweeper> {
  const share = new SweepShare(instanceId);
  await share.refresh(store.presence, clock.wallAt());
  const { sessions } = engine.store;
  const { logger, metrics, settings } = engine;
  return new Sweeper({
    ...{ sessions, clock, logger, metrics, settings, share },
    time: () => engine.time(),
    submit: (submission) => engine.submit(submission),
    sweepCall: () => ({ kind: 'sweep', fresh: engine.fresh() }),
  });
}

async function expiredCount({ store }: TestEngine): Promise<number> {
  const rows = await store.events.read('acme', 0, 10_000);
  return rows.flatMap(({ events }) => events).filter(({ kind }) => kind === 'EXPIRED').length;
}

test('share: together the instances sweep everything at once, each session once', async () => {
  const { world, clock, sweepers } = await openSweepers(120);
  clock.advance(TTL_MS + 1000);
  const swept = [];
  for (const sweeper of sweepers) swept.push((await sweeper.sweepOnce()).swept);
  expect(Math.min(...swept)).toBeGreaterThan(20);
  expect(swept.reduce((sum, count) => sum + count, 0)).toBe(120);
  expect(await expiredCount(world)).toBe(120);
});

test('share: what an instance leaves lying for 3 s is swept by the others', async () => {
  const { world, clock, sweepers } = await openSweepers(60);
  const living = sweepers.slice(0, 2);
  const sweepAll = async () => {
    for (const sweeper of living) await sweeper.sweepOnce();
    return expiredCount(world);
  };
  clock.advance(TTL_MS + 1000);
  const own = await sweepAll();
  expect(own).toBeLessThan(60);
  clock.advance(3000);
  expect(await sweepAll()).toBe(own);
  clock.advance(1);
  expect(await sweepAll()).toBe(60);
});

test('outage: its backlog is swept at one pace by all instances together', async () => {
  const { world, clock } = await openSweepers(60);
  await world.store.presence.addOutage({ from: clock.wallAt() + 1, to: clock.wallAt() + 100_000 });
  const late = await openTestEngine({ clock, store: world.store, seed: 3, settings: { catchUpPerSecond: 30 } });
  clock.advance(165_000);
  const sweepers = await sweepersOf(late);
  for (const sweeper of sweepers) await sweeper.sweepOnce();
  expect(await expiredCount(world)).toBe(30);
  clock.advance(1001);
  for (const sweeper of sweepers) await sweeper.sweepOnce();
  expect(await expiredCount(world)).toBe(60);
});

test('outage: an instance keeps the pace while the share of one that is gone is left', async () => {
  const { world, clock } = await openSweepers(60);
  await world.store.presence.addOutage({ from: clock.wallAt() + 1, to: clock.wallAt() + 100_000 });
  const late = await openTestEngine({ clock, store: world.store, seed: 3, settings: { catchUpPerSecond: 30 } });
  clock.advance(162_000);
  const [sweeper] = (await sweepersOf(late)) as [Sweeper];
  const counts: number[] = [];
  for (let seconds = 0; seconds < 10; seconds += 1) {
    await sweeper.sweepOnce();
    counts.push(await expiredCount(world));
    clock.advance(1001);
  }
  const steps = counts.map((count, place) => count - (counts[place - 1] ?? 0));
  expect(Math.max(...steps)).toBe(10);
  expect(counts.at(-1)).toBe(60);
});

test('block: a session that the store never answers for holds up no other', async () => {
  const { world, clock, sweepers } = await openSweepers(30, (store) =>
    withSessions(store, (sessions) => ({
      commit: (basis, changes, events) =>
        basis.sessionId === 's7' && basis.header !== null
          ? new Promise<never>(() => {})
          : sessions.commit(basis, changes, events),
    })),
  );
  clock.advance(TTL_MS + 10_000);
  vi.useFakeTimers();
  for (const sweeper of sweepers) {
    const sweeping = sweeper.sweepOnce();
    await vi.advanceTimersByTimeAsync(5000);
    await sweeping;
  }
  expect(await expiredCount(world)).toBe(29);
});

test('block: of a store that answers nothing, no more than 500 and a few sessions are asked for at a time', async () => {
  let asked = 0;
  const { clock, sweepers } = await openSweepers(1500, (store) =>
    withSessions(store, (sessions) => ({
      commit(basis, changes, events) {
        if (basis.header === null) return sessions.commit(basis, changes, events);
        asked += 1;
        return new Promise<never>(() => {});
      },
    })),
  );
  clock.advance(TTL_MS + 10_000);
  vi.useFakeTimers();
  for (let sweeps = 0; sweeps < 4; sweeps += 1) {
    const sweeping = sweepers[0]?.sweepOnce();
    await vi.advanceTimersByTimeAsync(30_000);
    await sweeping;
  }
  expect(asked).toBeGreaterThan(300);
  expect(asked).toBeLessThanOrEqual(532 + 3 * 32);
});

test('share: at most 32 sessions are swept at a time, so that callers find a connection free', async () => {
  let running = 0;
  let runningMax = 0;
  const { world, clock, sweepers } = await openSweepers(200, (store) =>
    withSessions(store, (sessions) => ({
      async commit(...args) {
        running += 1;
        runningMax = Math.max(runningMax, running);
        await new Promise(setImmediate);
        running -= 1;
        return sessions.commit(...args);
      },
    })),
  );
  clock.advance(TTL_MS + 10_000);
  await sweepers[0]?.sweepOnce();
  expect(await expiredCount(world)).toBe(200);
  expect(runningMax).toBe(32);
});

test('block: a session that others write to all the time is looked at again with the next sweep', async () => {
  let isContended = true;
  const { world, clock, sweepers } = await openSweepers(1, (store) =>
    withSessions(store, (sessions) => ({
      async commit(basis, changes, events) {
        if (basis.header === null || !isContended) return sessions.commit(basis, changes, events);
        clock.advance(6000);
        return 'conflict';
      },
    })),
  );
  clock.advance(TTL_MS + 10_000);
  for (const sweeper of sweepers) await sweeper.sweepOnce();
  expect(await expiredCount(world)).toBe(0);
  isContended = false;
  for (const sweeper of sweepers) await sweeper.sweepOnce();
  expect(await expiredCount(world)).toBe(1);
});
