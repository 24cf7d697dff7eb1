import { afterEach, expect, test, vi } from 'vitest';
import type { EventLog } from '../../../src/ports/event-log.ts';
import type { Store } from '../../../src/ports/store.ts';

/**
 * Each protection of the event log is taken away here, one at a time: the scenario that it guards must then go wrong,
 * and must go right with it. What stores protect is held by src/contract, what only chance brings out by test/proofs.
 */
afterEach(() => {
  vi.doUnmock('../../../src/operations/engine/contiguous-rows.ts');
  vi.doUnmock('../../../src/model/ids.ts');
  vi.doUnmock('../../../src/model/watch-token.ts');
  vi.resetModules();
});

/** Loads the service anew, so that what was mocked meanwhile takes effect. */
async function loadService() {
  vi.resetModules();
  const memory = await import('../../../src/adapters/memory/store.ts');
  const engines = await import('../../support/test-engine.ts');
  const watching = await import('../../support/watch-events.ts');
  const { ManualClock } = await import('../../support/manual-clock.ts');
  const { takeSteps } = await import('../../support/take-steps.ts');
  const { compactEvents } = await import('../../../src/operations/engine/compactor.ts');
  const { deleteSession } = await import('../../../src/operations/delete.ts');
  return { ...memory, ...engines, ...watching, ManualClock, takeSteps, compactEvents, deleteSession };
}

/** Opens a world whose event log does some things otherwise. */
async function openWith(change: (log: EventLog) => Partial<EventLog>) {
  const service = await loadService();
  const clock = new service.ManualClock();
  const inner = service.openMemoryStore({ clock });
  const changed = change(inner.events);
  const events = new Proxy(inner.events, {
    get(target, name) {
      const own = changed[name as keyof EventLog] ?? target[name as keyof EventLog];
      return typeof own === 'function' ? own.bind(target) : own;
    },
  });
  const store: Store = { ...inner, events };
  return { service, world: await service.openWorld({ clock, store }) };
}

const compactNow = async ({ service, world }: Awaited<ReturnType<typeof openWith>>) =>
  service.compactEvents({
    store: world.store,
    settings: world.engine.settings,
    time: () => world.engine.time(),
  });

/** A log that lost row 2 is read from the start; answers what the watcher was given. */
async function readOverHole(): Promise<string[]> {
  const { service, world } = await openWith((log) => ({
    read: async (...args) => (await log.read(...args)).filter(({ number }) => number !== 2),
  }));
  for (const id of ['a', 'b', 'c']) await service.makeEvent(world, id);
  return service.nextEvents(service.watchFrom(world), 2);
}

test('without the check that rows are contiguous, a watcher is led over a hole', async () => {
  await expect(readOverHole()).rejects.toMatchObject({ reason: 'STORE_CORRUPT' });
  vi.doMock('../../../src/operations/engine/contiguous-rows.ts', async (load) => ({
    ...(await load<object>()),
    areContiguous: () => true,
  }));
  expect(await readOverHole()).toEqual(['a', 'c']);
});

/** Sessions that lapsed long ago are swept and their events compacted at once; answers what a watcher still gets. */
async function sweepLate(change: (log: EventLog) => Partial<EventLog>): Promise<string[]> {
  const opened = await openWith(change);
  const { service, world } = opened;
  await service.startSession(world, { sessionId: 'late' });
  await service.startSession(world, { sessionId: 'other', dormantAfterMs: service.HOUR_MS });
  const [start] = await service.takeSteps(service.watchFrom(world), 1);
  world.clock.advance(100 * service.HOUR_MS);
  await world.engine.sweeper.sweepOnce();
  await compactNow(opened);
  return service.nextEvents(service.resumed(world, start), 5);
}

test('with a retention that counts from the transition, events go before anybody could read them', async () => {
  expect(new Set(await sweepLate(() => ({})))).toEqual(new Set(['late', 'other']));
  const fromTransition = (log: EventLog): Partial<EventLog> => {
    const removed = new Set<number>();
    return {
      read: async (...args) => (await log.read(...args)).filter(({ number }) => !removed.has(number)),
      find: async (tenant, number) => (removed.has(number) ? null : log.find(tenant, number)),
      bounds: async (...args) => ({ ...(await log.bounds(...args)), firstNumber: removed.size + 1 }),
      async compact(recordedBefore) {
        const rows = (await log.read('acme', 0, 1000)).slice(0, -1);
        for (const row of rows) if ((row.events[0]?.deadlineAt ?? 0) < recordedBefore) removed.add(row.number);
        return 0;
      },
    };
  };
  await expect(sweepLate(fromTransition)).rejects.toMatchObject({ reason: 'RESUME_TOKEN_COMPACTED' });
});

/** A quiet tenant's log is compacted, then something happens; answers what a watcher gets from its last token. */
async function wakeAfterSilence(change: (log: EventLog) => Partial<EventLog>): Promise<string[]> {
  const opened = await openWith(change);
  const { service, world } = opened;
  for (const id of ['a', 'b']) await service.makeEvent(world, id);
  const [, last] = await service.takeSteps(service.watchFrom(world), 2);
  world.clock.advance(100 * service.HOUR_MS);
  await compactNow(opened);
  const stream = service.resumed(world, last);
  await service.takeSteps(stream, 1);
  await service.makeEvent(world, 'c');
  return service.nextEvents(stream, 1);
}

test("with a clean-up that takes a tenant's newest row, numbering restarts and tokens break", async () => {
  expect(await wakeAfterSilence(() => ({}))).toEqual(['c']);
  const takesAll = (log: EventLog): Partial<EventLog> => {
    let removedThrough = 0;
    const renumber = <Row extends { number: number }>(row: Row) => ({ ...row, number: row.number - removedThrough });
    return {
      read: async (tenant, after, limit) => (await log.read(tenant, after + removedThrough, limit)).map(renumber),
      find: async (tenant, number) => {
        const row = await log.find(tenant, number + removedThrough);
        return row === null ? null : renumber(row);
      },
      bounds: async (tenant) => {
        const { lastNumber } = await log.bounds(tenant);
        return { firstNumber: 1, lastNumber: lastNumber - removedThrough };
      },
      async compact() {
        removedThrough = (await log.bounds('acme')).lastNumber;
        return 0;
      },
    };
  };
  await expect(wakeAfterSilence(takesAll)).rejects.toMatchObject({ reason: 'RESUME_TOKEN_FOREIGN' });
});

/** An id lives and ends twice in one instant; answers the event ids of both lives. */
async function liveTwice(): Promise<string[]> {
  const { service, world } = await openWith(() => ({}));
  const gone = { sessionId: 's', requestId: '', expectedVersion: 0, allowMissing: false };
  for (let life = 0; life < 2; life += 1) {
    await service.makeEvent(world, 's');
    await service.deleteSession(world.engine, world.caller, gone);
  }
  const rows = await world.store.events.read('acme', 0, 100);
  return rows.flatMap(({ events }) => events.map(({ eventId }) => eventId));
}

test("with event ids that leave out the life, the second life's events pass for the first one's", async () => {
  expect(new Set(await liveTwice()).size).toBe(4);
  vi.doMock('../../../src/model/ids.ts', async (load) => {
    const ids = await load<typeof import('../../../src/model/ids.ts')>();
    const withoutLife: typeof ids.eventIdFrom = (_uid, ...rest) => ids.eventIdFrom('', ...rest);
    return { ...ids, eventIdFrom: withoutLife };
  });
  expect(new Set(await liveTwice()).size).toBe(2);
});

/** A log is restored to an earlier state and goes on otherwise; answers what a watcher gets from its last token. */
async function resumeAfterRestore(): Promise<string[]> {
  const { service, world } = await openWith(() => ({}));
  for (const id of ['a', 'b', 'c']) await service.makeEvent(world, id);
  const token = (await service.takeSteps(service.watchFrom(world), 2)).at(-1);
  const { storeId, tokenSecret } = world.store;
  const store = { ...service.openMemoryStore({ clock: world.clock }), storeId, tokenSecret };
  const restored = await service.openWorld({ clock: world.clock, store, seed: 2 });
  for (const id of ['a', 'x', 'y', 'z']) await service.makeEvent(restored, id);
  return service.nextEvents(service.resumed(restored, token), 1);
}

test('with a token that does not tell its row from another, a watcher is led past what it never saw', async () => {
  await expect(resumeAfterRestore()).rejects.toMatchObject({ reason: 'RESUME_TOKEN_FOREIGN' });
  vi.doMock('../../../src/model/watch-token.ts', async (load) => {
    const tokens = await load<typeof import('../../../src/model/watch-token.ts')>();
    const withoutHash: typeof tokens.positionAfter = ({ number }) => ({ ...tokens.LOG_START, number });
    return { ...tokens, positionAfter: withoutHash };
  });
  expect(await resumeAfterRestore()).toEqual(['z']);
});

/** Watchers open their streams and vanish; answers how many stay registered. */
async function vanish({ isHeard }: { isHeard: boolean }): Promise<number> {
  const { service, world } = await openWith(() => ({}));
  const { watchers } = world.engine;
  const open = watchers.open.bind(watchers);
  const deaf = new AbortController();
  if (!isHeard) vi.spyOn(watchers, 'open').mockImplementation((caller) => open({ ...caller, signal: deaf.signal }));
  const leaving = new AbortController();
  const caller = service.callerOf('acme', leaving.signal);
  const streams = Array.from({ length: 20 }, () => service.watchFrom({ ...world, caller }));
  for (const stream of streams) await service.takeSteps(stream, 1);
  leaving.abort();
  const left = watchers.size;
  deaf.abort();
  return left;
}

test("without a release from the signal, watchers that vanished stay, for their streams' end never comes", async () => {
  expect(await vanish({ isHeard: true })).toBe(0);
  expect(await vanish({ isHeard: false })).toBe(20);
});
