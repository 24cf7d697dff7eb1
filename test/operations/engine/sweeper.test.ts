import { expect, test } from 'vitest';
import { openMemoryStore } from '../../../src/adapters/memory/store.ts';
import type { EventKind } from '../../../src/model/event.ts';
import { deleteSession } from '../../../src/operations/delete.ts';
import { compactEvents } from '../../../src/operations/engine/compactor.ts';
import { get } from '../../../src/operations/get.ts';
import { touch } from '../../../src/operations/touch.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { HOUR_MS, openTestEngine, startSession, type TestEngine } from '../../support/test-engine.ts';
import { withSessions } from '../../support/wrapped-store.ts';

async function kindsOf({ store }: TestEngine, tenant = 'acme'): Promise<EventKind[]> {
  const rows = await store.events.read(tenant, 0, 1000);
  return rows.flatMap(({ events }) => events.map(({ kind }) => kind));
}

async function statusOf({ store }: TestEngine, sessionId: string, tenant = 'acme') {
  return (await store.sessions.load(tenant, sessionId, {})).header?.status;
}

test('sweepOnce: a session lapses, is warned of, expires and is purged, each in its time and never early', async () => {
  const world = await openTestEngine();
  const { session } = await startSession(world, { sessionId: 's' });
  const step = async (at: number) => {
    world.clock.advance(at - world.clock.wallAt());
    await world.engine.sweeper.sweepOnce();
    return kindsOf(world);
  };
  const [dormantAt, expireAt] = [session.dormantAt ?? 0, session.expireAt ?? 0];
  expect(await step(dormantAt - 1)).toEqual([]);
  expect(await step(dormantAt)).toEqual(['DORMANT']);
  expect(await step(expireAt - session.expiringLeadMs)).toEqual(['DORMANT', 'EXPIRING']);
  expect(await step(expireAt - 1)).toEqual(['DORMANT', 'EXPIRING']);
  expect(await step(expireAt)).toEqual(['DORMANT', 'EXPIRING', 'EXPIRED']);
  const purgeAt = (await world.store.sessions.load('acme', 's', {})).header?.purgeAt ?? 0;
  expect(await step(purgeAt)).toEqual(['DORMANT', 'EXPIRING', 'EXPIRED', 'DELETED']);
});

test('sweepOnce: a session whose deadlines passed unseen goes DORMANT and EXPIRED in one row', async () => {
  const world = await openTestEngine();
  await startSession(world, { sessionId: 's' });
  world.clock.advance(24 * HOUR_MS);
  await world.engine.sweeper.sweepOnce();
  const rows = await world.store.events.read('acme', 0, 10);
  expect(rows).toHaveLength(1);
  expect(rows[0]?.events.map(({ kind }) => kind)).toEqual(['DORMANT', 'EXPIRING', 'EXPIRED']);
});

test('sweepOnce: what was touched meanwhile lives', async () => {
  const world = await openTestEngine();
  await startSession(world, { sessionId: 's' });
  world.clock.advance(9 * HOUR_MS);
  await touch(world.engine, world.caller, { sessionId: 's', requestId: '', expectedVersion: 0 });
  world.clock.advance(9 * HOUR_MS);
  await world.engine.sweeper.sweepOnce();
  expect(await statusOf(world, 's')).toBe('ACTIVE');
});

test('sweepOnce: a tombstone is forgotten after 72 h, not before', async () => {
  const world = await openTestEngine();
  await startSession(world, { sessionId: 's' });
  const input = { sessionId: 's', requestId: '', expectedVersion: 0, allowMissing: false };
  await deleteSession(world.engine, world.caller, input);
  world.clock.advance(72 * HOUR_MS - 1);
  await world.engine.sweeper.sweepOnce();
  expect((await world.store.sessions.load('acme', 's', {})).header).not.toBeNull();
  world.clock.advance(1);
  expect(await world.engine.sweeper.sweepOnce()).toMatchObject({ forgotten: 1 });
  expect((await world.store.sessions.load('acme', 's', {})).header).toBeNull();
});

test('sweepOnce: a session that cannot be decided is passed by and logged, the others are swept', async () => {
  const clock = new ManualClock();
  const store = withSessions(openMemoryStore({ clock }), (sessions) => ({
    async load(tenant, sessionId, needs, signal) {
      if (sessionId === 'broken' && clock.monotonicMs() > 0) throw new Error('unreadable');
      return sessions.load(tenant, sessionId, needs, signal);
    },
  }));
  const errors: unknown[] = [];
  const logger = { debug() {}, info() {}, warn() {}, error: (facts: unknown) => errors.push(facts) };
  const world = await openTestEngine({ clock, store, logger });
  await startSession(world, { sessionId: 'broken' });
  await startSession(world, { sessionId: 'whole' });
  clock.advance(11 * HOUR_MS);
  expect(await world.engine.sweeper.sweepOnce()).toMatchObject({ swept: 1, failed: 1 });
  expect(await statusOf({ ...world, store }, 'whole')).toBe('DORMANT');
  expect(errors).toHaveLength(1);
  expect(await world.engine.sweeper.sweepOnce()).toMatchObject({ failed: 0 });
});

test('sweepOnce: sessions whose headers are read at once are not loaded again, but for one that moved since', async () => {
  const clock = new ManualClock();
  const loaded: string[] = [];
  const memory = openMemoryStore({ clock });
  const store = withSessions(memory, (sessions) => ({
    load(tenant, sessionId, ...rest) {
      loaded.push(sessionId);
      return sessions.load(tenant, sessionId, ...rest);
    },
    async loadHeaders(named) {
      const bases = await Promise.all(named.map(({ tenant, sessionId }) => sessions.load(tenant, sessionId, {})));
      const { header } = bases.find(({ sessionId }) => sessionId === 'moved')!;
      const moved = { ...header!, rev: header!.rev - 1, deadlines: { ...header!.deadlines, dormantAt: 0 } };
      return bases.map((basis) => ({
        ...basis,
        ...(basis.sessionId === 'moved' && { header: moved }),
        ageMs: Infinity,
      }));
    },
  }));
  const world = await openTestEngine({ clock, store });
  for (const sessionId of ['one', 'moved', 'other']) await startSession(world, { sessionId });
  clock.advance(11 * HOUR_MS);
  loaded.length = 0;
  expect(await world.engine.sweeper.sweepOnce()).toMatchObject({ swept: 3, failed: 0 });
  expect(loaded).toEqual(['moved']);
  const { dormantAt } = (await memory.sessions.load('acme', 'moved', {})).header!.deadlines;
  const rows = await memory.events.read('acme', 0, 10);
  const told = rows.flatMap(({ events }) => events).filter(({ sessionId }) => sessionId === 'moved');
  expect(told).toMatchObject([{ kind: 'DORMANT', deadlineAt: dormantAt }]);
});

test('outage: deadlines inside it pass 60 s after the return, for reads and sweeps alike', async () => {
  const world = await openTestEngine();
  await startSession(world, { sessionId: 's' });
  world.engine.time();
  world.clock.stepWall(24 * HOUR_MS);
  const peek = () => get(world.engine, world.caller, { sessionId: 's', minVersion: 0, peek: true, historyLimit: 0 });
  await world.engine.sweeper.sweepOnce();
  expect((await peek()).head.status).toBe('ACTIVE');
  world.clock.advance(59_999);
  await world.engine.sweeper.sweepOnce();
  expect((await peek()).head.status).toBe('ACTIVE');
  world.clock.advance(1);
  expect((await peek()).head.status).toBe('EXPIRED');
  await world.engine.sweeper.sweepOnce();
  expect(await statusOf(world, 's')).toBe('EXPIRED');
});

test('outage: a session that is accessed after the return lives on', async () => {
  const world = await openTestEngine();
  await startSession(world, { sessionId: 's' });
  world.engine.time();
  world.clock.stepWall(24 * HOUR_MS);
  await touch(world.engine, world.caller, { sessionId: 's', requestId: '', expectedVersion: 0 });
  world.clock.advance(HOUR_MS);
  await world.engine.sweeper.sweepOnce();
  expect(await statusOf(world, 's')).toBe('ACTIVE');
});

test('outage: its backlog is worked off at so many a second, then sweeping is free again', async () => {
  const world = await openTestEngine({ settings: { catchUpPerSecond: 4 } });
  for (let place = 0; place < 10; place += 1) await startSession(world, { sessionId: `s${place}` });
  world.engine.time();
  world.clock.stepWall(24 * HOUR_MS);
  world.engine.time();
  world.clock.advance(60_000);
  const { sweeper } = world.engine;
  expect((await sweeper.sweepOnce()).swept).toBe(4);
  expect((await sweeper.sweepOnce()).swept).toBe(0);
  world.clock.advance(1000);
  expect((await sweeper.sweepOnce()).swept).toBe(4);
  world.clock.advance(1000);
  expect((await sweeper.sweepOnce()).swept).toBe(2);
  for (let place = 0; place < 9; place += 1) await startSession(world, { sessionId: `t${place}` });
  world.clock.advance(11 * HOUR_MS);
  expect((await sweeper.sweepOnce()).swept).toBe(9);
});

test('compactEvents: rows go by their record time, and a tenant keeps its newest', async () => {
  const world = await openTestEngine();
  const { store, engine, clock } = world;
  await startSession(world, { sessionId: 'a' });
  await startSession(world, { sessionId: 'b', ttlMs: 100 * HOUR_MS });
  clock.advance(11 * HOUR_MS);
  await engine.sweeper.sweepOnce();
  clock.advance(11 * HOUR_MS);
  await engine.sweeper.sweepOnce();
  const numbers = async () => (await store.events.read('acme', 0, 100)).map(({ number }) => number);
  const all = await numbers();
  clock.advance(61 * HOUR_MS);
  expect(await compactEvents(engineParts(world))).toBe(0);
  clock.advance(1);
  await compactEvents(engineParts(world));
  expect((await numbers()).length).toBeLessThan(all.length);
  clock.advance(100 * HOUR_MS);
  await compactEvents(engineParts(world));
  expect(await numbers()).toEqual([all.at(-1)]);
});

function engineParts({ engine, store }: TestEngine) {
  return { store, settings: engine.settings, time: () => engine.time() };
}
