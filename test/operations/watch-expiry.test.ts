import { expect, test, vi } from 'vitest';
import { openMemoryStore } from '../../src/adapters/memory/store.ts';
import type { EventLog } from '../../src/ports/event-log.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { takeSteps } from '../support/take-steps.ts';
import { callerOf, HOUR_MS, refusal, startSession, withLimits, withWatch } from '../support/test-engine.ts';
import { idsOf, makeEvent, nextEvents, openWorld, quick, resumed, watchFrom } from '../support/watch-events.ts';

test('the first step is opened, at once, and its token stands for the start', async () => {
  const world = await openWorld();
  await makeEvent(world, 'a');
  const stream = watchFrom(world, { start: { kind: 'now' } });
  const [opened] = await takeSteps(stream, 1);
  expect(opened?.event).toEqual({ kind: 'opened' });
  await makeEvent(world, 'b');
  expect(await nextEvents(stream, 1)).toEqual(['b']);
  await stream.return(undefined);
  expect(await nextEvents(resumed(world, opened), 1)).toEqual(['b']);
});

test('a stream from the earliest event tells all, in order, with sequences that rise', async () => {
  const world = await openWorld();
  for (const id of ['a', 'b', 'c']) await makeEvent(world, id);
  const steps = await takeSteps(watchFrom(world), 2);
  expect(idsOf(steps)).toEqual(['a', 'b', 'c']);
  const sequences = steps.flatMap(({ event }) => (event.kind === 'events' ? event.events : [])).map((e) => e.sequence);
  expect(sequences).toEqual([8, 16, 24]);
});

test('events of one commit come in one step, even where it is full', async () => {
  const settings = withWatch({ pollMinMs: 1, pollMaxMs: 5, stepBytesMax: 1 });
  const world = await openWorld({ settings });
  await startSession(world, { sessionId: 'lapsed' });
  world.clock.advance(24 * HOUR_MS);
  await world.engine.sweeper.sweepOnce();
  await makeEvent(world, 'other');
  const steps = await takeSteps(watchFrom(world), 3);
  expect(steps.map((step) => idsOf([step]))).toEqual([[], ['lapsed', 'lapsed', 'lapsed'], ['other']]);
});

test('filters by kind, session, user and agent leave out the rest', async () => {
  const world = await openWorld();
  await makeEvent(world, 'a', { userId: 'ada', agentId: 'bot' });
  await makeEvent(world, 'b', { userId: 'eve', agentId: 'bot' });
  await makeEvent(world, 'c', { userId: 'ada', agentId: 'other' });
  expect(await nextEvents(watchFrom(world, { userId: 'ada' }), 2)).toEqual(['a', 'c']);
  expect(await nextEvents(watchFrom(world, { agentId: 'bot' }), 2)).toEqual(['a', 'b']);
  expect(await nextEvents(watchFrom(world, { sessionIds: ['b'] }), 1)).toEqual(['b']);
  world.clock.advance(1);
  await startSession(world, { sessionId: 'd' });
  world.clock.advance(11 * HOUR_MS);
  await world.engine.sweeper.sweepOnce();
  expect(await nextEvents(watchFrom(world, { kinds: ['DORMANT'] }), 1)).toEqual(['d']);
});

test('a start time reaches back by 5 s', async () => {
  const world = await openWorld();
  await makeEvent(world, 'early');
  world.clock.advance(1);
  await makeEvent(world, 'late');
  const startAt = world.clock.wallAt() + 5000;
  expect(await nextEvents(watchFrom(world, { start: { kind: 'time', startAt } }), 1)).toEqual(['late']);
});

test('the watch_token of an answer stands for the time before its call', async () => {
  const world = await openWorld();
  const { watchToken } = await startSession(world, { sessionId: 'a' });
  await makeEvent(world, 'b');
  const stream = watchFrom(world, { start: { kind: 'token', resumeToken: watchToken } });
  expect(await nextEvents(stream, 1)).toEqual(['b']);
});

test('a reader behind the ring catches up from the store', async () => {
  const world = await openWorld({ settings: withWatch({ pollMinMs: 1, pollMaxMs: 5, ringRowsMax: 4 }) });
  const ids = Array.from({ length: 30 }, (_, place) => `s${place}`);
  const early = watchFrom(world);
  await takeSteps(early, 1);
  for (const id of ids) await makeEvent(world, id);
  expect(await nextEvents(watchFrom(world), 30)).toEqual(ids);
  expect(await nextEvents(early, 30)).toEqual(ids);
});

test('no event depends on a hint', async () => {
  const clock = new ManualClock();
  const store = openMemoryStore({ clock });
  const events = overriding(store.events, { onAppend: () => () => {} });
  const world = await openWorld({ clock, store: { ...store, events } });
  const stream = watchFrom(world);
  await takeSteps(stream, 1);
  await makeEvent(world, 'a');
  expect(await nextEvents(stream, 1)).toEqual(['a']);
});

function overriding(log: EventLog, change: Partial<EventLog>): EventLog {
  return new Proxy(log, {
    get(target, name) {
      const own = change[name as keyof EventLog] ?? target[name as keyof EventLog];
      return typeof own === 'function' ? own.bind(target) : own;
    },
  });
}

test('a hole in the log is an error to the watcher that comes to it, never a skip', async () => {
  const clock = new ManualClock();
  const store = openMemoryStore({ clock });
  const events = overriding(store.events, {
    async read(...args) {
      return (await store.events.read(...args)).filter(({ number }) => number !== 2);
    },
  });
  const world = await openWorld({ clock, store: { ...store, events } });
  for (const id of ['a', 'b', 'c']) await makeEvent(world, id);
  const behind = watchFrom(world);
  await expect(nextEvents(behind, 3)).rejects.toEqual(refusal('STORE_CORRUPT'));
  const live = watchFrom(world, { start: { kind: 'now' } });
  await takeSteps(live, 1);
  await makeEvent(world, 'd');
  expect(await nextEvents(live, 1)).toEqual(['d']);
});

test("tenants never see each other's events", async () => {
  const world = await openWorld();
  const neighbour = { ...world, caller: callerOf('other') };
  await makeEvent(world, 'a');
  await makeEvent(neighbour, 'b');
  expect(await nextEvents(watchFrom(neighbour), 1)).toEqual(['b']);
});

test('progress comes when nothing else does, with a token after which nothing is missed', async () => {
  const settings = withWatch({ pollMinMs: 1, pollMaxMs: 5, progressMs: 20 });
  const world = await openWorld({ settings });
  await makeEvent(world, 'filtered', { userId: 'eve' });
  const [, progress] = await takeSteps(watchFrom(world, { userId: 'ada' }), 2);
  expect(progress?.event).toEqual({ kind: 'progress', closing: false });
  await makeEvent(world, 'mine', { userId: 'ada' });
  expect(await nextEvents(resumed(world, progress), 1)).toEqual(['mine']);
});

test('drain: the last step is a closing progress, then DRAINING', async () => {
  const world = await openWorld();
  const stream = watchFrom(world);
  await takeSteps(stream, 1);
  const closing = takeSteps(stream, 1);
  await world.engine.drain();
  expect(await closing).toMatchObject([{ event: { kind: 'progress', closing: true } }]);
  await expect(stream.next()).rejects.toEqual(refusal('DRAINING', { retryAfterMs: 1000 }));
});

test('a watcher that takes nothing is let go, and told when it comes back', async () => {
  const world = await openWorld({ settings: withWatch({ pollMinMs: 1, pollMaxMs: 5, stallMs: 20 }) });
  const stream = watchFrom(world);
  await takeSteps(stream, 1);
  expect(world.engine.watchers.size).toBe(1);
  await vi.waitFor(() => expect(world.engine.watchers.size).toBe(0));
  await expect(stream.next()).rejects.toEqual(refusal('WATCHER_TOO_SLOW'));
});

test('a watcher that vanished leaves no registration behind, though nobody closes its stream', async () => {
  const world = await openWorld();
  const leaving = Array.from({ length: 100 }, () => new AbortController());
  const streams = leaving.map(({ signal }) => watchFrom({ ...world, caller: callerOf('acme', signal) }));
  for (const stream of streams) await takeSteps(stream, 1);
  const waiting = streams.slice(0, 50).map((stream) => stream.next().catch((error) => error));
  await makeEvent(world, 'a');
  expect([world.engine.watchers.size, world.engine.events.size]).toEqual([100, 1]);
  for (const controller of leaving) controller.abort();
  expect([world.engine.watchers.size, world.engine.events.size]).toEqual([0, 0]);
  await Promise.all(waiting);
});

test('more watchers than a tenant may have are refused, until one leaves', async () => {
  const world = await openWorld({ settings: { ...quick, ...withLimits({ watchersPerTenantMax: 1 }) } });
  const first = watchFrom(world);
  await takeSteps(first, 1);
  await expect(watchFrom(world).next()).rejects.toEqual(refusal('TOO_MANY_WATCHERS'));
  await takeSteps(watchFrom({ ...world, caller: callerOf('other') }), 1);
  await first.return(undefined);
  expect(await takeSteps(watchFrom(world), 1)).toHaveLength(1);
});

test('more than 100 session ids are LIMIT_EXCEEDED', async () => {
  const sessionIds = Array.from({ length: 101 }, (_, place) => `s${place}`);
  const stream = watchFrom(await openWorld(), { sessionIds });
  await expect(stream.next()).rejects.toEqual(refusal('LIMIT_EXCEEDED', { field: 'session_ids' }));
});

test('events are not followed by progress that nobody waited for', async () => {
  const world = await openWorld({ settings: withWatch({ pollMinMs: 1, pollMaxMs: 5, progressMs: 60_000 }) });
  const stream = watchFrom(world);
  await takeSteps(stream, 1);
  for (const id of ['a', 'b', 'c', 'd']) {
    await makeEvent(world, id);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const steps = await takeSteps(stream, 1);
  const next = takeSteps(stream, 1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await makeEvent(world, 'e');
  expect([...idsOf(steps), ...idsOf(await next)]).toEqual(['a', 'b', 'c', 'd', 'e']);
});
