import { expect, test, vi } from 'vitest';
import { openMemoryStore } from '../../../src/adapters/memory/store.ts';
import { SessionError } from '../../../src/model/session-error.ts';
import type { Engine } from '../../../src/operations/engine/engine.ts';
import { OutOfTime } from '../../../src/operations/out-of-time.ts';
import { watch } from '../../../src/operations/watch.ts';
import type { Store } from '../../../src/ports/store.ts';
import { openAgingCache } from '../../support/aging-cache.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { SkewedClock } from '../../support/skewed-clock.ts';
import { takeSteps } from '../../support/take-steps.ts';
import {
  callerOf,
  openTestEngine,
  refusal,
  say,
  startSession,
  type TestEngine,
  withWatch,
} from '../../support/test-engine.ts';
import { asShared, withPresence, withSessions } from '../../support/wrapped-store.ts';

/** Instances on one store, each on a machine of its own. */
async function openInstances(skewsMs: readonly number[], store?: Store, clock = new ManualClock()) {
  const shared = asShared(store ?? openMemoryStore({ clock }));
  const machines = skewsMs.map((skewMs) => new SkewedClock(clock, skewMs));
  const worlds = await Promise.all(
    machines.map((machineClock, place) => openTestEngine({ clock, store: shared, seed: place + 1, machineClock })),
  );
  return { clock, machines, worlds: worlds as [TestEngine, ...TestEngine[]], store: shared };
}

/** A store that can be away altogether. */
function openAwayable(clock: ManualClock) {
  const state = { isAway: false };
  const reach = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    if (state.isAway) throw new SessionError('STORE_UNAVAILABLE', 'away', { retryAfterMs: 1000 });
    return call();
  };
  const inner = openMemoryStore({ clock });
  const withoutSessions = withSessions(inner, (sessions) => ({
    load: (...args) => reach(() => sessions.load(...args)),
    commit: (...args) => reach(() => sessions.commit(...args)),
    findDue: (...args) => reach(() => sessions.findDue(...args)),
  }));
  const store = withPresence(withoutSessions, (presence) => ({
    now: () => reach(() => presence.now()),
    beat: (...args) => reach(() => presence.beat(...args)),
    lastSeenAt: () => reach(() => presence.lastSeenAt()),
    outages: () => reach(() => presence.outages()),
    instances: (...args) => reach(() => presence.instances(...args)),
  }));
  return { state, store: { ...store, check: () => reach(() => inner.check()) } };
}

test('never early: on machines whose clocks are off by 5 s and step by 60 s, sessions expire in the time of the store', async () => {
  const { clock, machines, worlds, store } = await openInstances([-5000, 5000, 0]);
  const lifespans = [1000, 2500, 5000, 9000, 20_000];
  const expireAts = new Map<string, number>();
  for (const [place, ttlMs] of lifespans.entries()) {
    const world = worlds[place % worlds.length] as TestEngine;
    const { session } = await startSession(world, { sessionId: `s${place}`, ttlMs, expiringLeadMs: 0 });
    expireAts.set(`s${place}`, session.expireAt ?? 0);
  }
  const seen = new Map<string, number>();
  for (let step = 0; step < 260; step += 1) {
    clock.advance(100);
    machines[step % 3]?.stepWall(step % 2 === 0 ? 60_000 : -60_000);
    for (const { engine } of worlds) await engine.sweeper.sweepOnce();
    const events = (await store.events.read('acme', 0, 100)).flatMap(({ events }) => events);
    for (const { kind, sessionId } of events) {
      if (kind === 'EXPIRED' && !seen.has(sessionId)) seen.set(sessionId, clock.wallAt());
    }
  }
  const lateness = [...expireAts].map(([sessionId, at]) => (seen.get(sessionId) ?? Number.POSITIVE_INFINITY) - at);
  expect(Math.min(...lateness)).toBeGreaterThanOrEqual(1000);
  expect(Math.max(...lateness)).toBeLessThanOrEqual(1100);
});

test('writers: on several instances make one gapless session, each message once', async () => {
  const { worlds, store } = await openInstances([0, -5000, 5000]);
  await startSession(worlds[0], { sessionId: 's' });
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, place) => say(worlds[place % 3] as TestEngine, 's', 'USER', `${place}`)),
  );
  expect(answers.map(({ sequence }) => sequence).toSorted((one, other) => one - other)).toEqual(
    Array.from({ length: 60 }, (_, place) => place + 1),
  );
  expect((await store.sessions.load('acme', 's', {})).header?.lastSequence).toBe(60);
});

test('watch: what another instance commits comes with the next look at the store', async () => {
  const clock = new ManualClock();
  const store = asShared(openMemoryStore({ clock }));
  const settings = withWatch({ sessionPollMs: 10, progressMs: 3_600_000 });
  const cache = openAgingCache(store, clock);
  const watching = await openTestEngine({ clock, store: cache.store, settings });
  const other = await openTestEngine({ clock, store, seed: 2 });
  await startSession(other, { sessionId: 's' });
  await cache.hold('s');
  const stream = watch(watching.engine, watching.caller, { sessionId: 's', afterSequence: 0 });
  await takeSteps(stream, 1);
  const next = takeSteps(stream, 1);
  await say(other, 's', 'USER', 'hello');
  expect((await next)[0]?.event.kind).toBe('messagesAdded');
});

test('start of a service: a store that is away does not stop it, and it serves by itself when the store is there', async () => {
  const clock = new ManualClock();
  const { state, store } = openAwayable(clock);
  state.isAway = true;
  const { worlds } = await openInstances([0], store, clock);
  const [world] = worlds;
  world.engine.start();
  await expect(startSession(world, { sessionId: 's' })).rejects.toEqual(
    refusal('STORE_UNAVAILABLE', { retryAfterMs: 1000 }),
  );
  state.isAway = false;
  await vi.waitFor(async () => expect((await startSession(world, { sessionId: 's' })).head.created).toBe(true), 5000);
  await world.engine.close();
});

test('store away: its background work is back with it', async () => {
  const clock = new ManualClock();
  const { state, store } = openAwayable(clock);
  const { worlds } = await openInstances([0], store, clock);
  const [world] = worlds;
  await startSession(world, { sessionId: 's', ttlMs: 2000, expiringLeadMs: 0 });
  world.engine.start();
  await vi.waitFor(async () => expect(await store.presence.lastSeenAt()).not.toBeNull());
  state.isAway = true;
  await expect(say(world, 's', 'USER', 'hello')).rejects.toEqual(refusal('STORE_UNAVAILABLE'));
  clock.advance(10_000);
  state.isAway = false;
  const statusNow = async () => (await store.sessions.load('acme', 's', {})).header?.status;
  await vi.waitFor(async () => expect(await statusNow()).toBe('EXPIRED'), 5000);
  await world.engine.close();
});

test('store away: once that is known, a call is refused at once, however short its deadline', async () => {
  const clock = new ManualClock();
  const { state, store } = openAwayable(clock);
  const { promise: unsilenced, resolve: endSilence } = Promise.withResolvers<void>();
  const silent = withSessions(store, (sessions) => ({
    async load(...args) {
      if (state.isAway && args[1] === 'silent') await unsilenced;
      return sessions.load(...args);
    },
  }));
  const { worlds } = await openInstances([0], silent, clock);
  const [world] = worlds;
  for (const sessionId of ['silent', 'other']) await startSession(world, { sessionId });
  state.isAway = true;
  const waiting = say(world, 'silent', 'USER', 'a').catch(() => {});
  await expect(say(world, 'other', 'USER', 'a')).rejects.toEqual(refusal('STORE_UNAVAILABLE'));
  await new Promise(setImmediate);
  const late = { ...world, caller: callerOf('acme', AbortSignal.timeout(200)) };
  await expect(say(late, 'silent', 'USER', 'b')).rejects.toEqual(refusal('STORE_UNAVAILABLE', { retryAfterMs: 1000 }));
  endSilence();
  await waiting;
  await world.engine.close();
});

test('store silent: a write whose deadline comes is STORE_UNAVAILABLE, to be sent again with its request id', async () => {
  const clock = new ManualClock();
  const silent = withSessions(openMemoryStore({ clock }), () => ({ commit: () => new Promise(() => {}) }));
  const { worlds } = await openInstances([0], silent, clock);
  const startFor = async (waitedMs: number) => {
    const abort = new AbortController();
    const world = { ...worlds[0], caller: callerOf('acme', abort.signal) };
    const starting = startSession(world, { sessionId: `after-${waitedMs}` });
    await new Promise(setImmediate);
    clock.advance(waitedMs);
    abort.abort(new OutOfTime(1000));
    return starting;
  };
  await expect(startFor(300)).rejects.toEqual(refusal('STORE_UNAVAILABLE', { retryAfterMs: 1000 }));
  await expect(startFor(100)).rejects.toBeInstanceOf(OutOfTime);
});

test('store away: a call whose outcome stays unknown is STORE_UNAVAILABLE in the end, not contended', async () => {
  const clock = new ManualClock();
  const store = withSessions(openMemoryStore({ clock }), (sessions) => ({
    async commit(basis, changes, events) {
      if (changes.messages.length === 0) return sessions.commit(basis, changes, events);
      clock.advance(3000);
      return 'unknown';
    },
  }));
  const { worlds } = await openInstances([0], store, clock);
  await startSession(worlds[0], { sessionId: 's' });
  await expect(say(worlds[0], 's', 'USER', 'a')).rejects.toEqual(refusal('STORE_UNAVAILABLE', { retryAfterMs: 1000 }));
});

test('rolling restart: what one instance has taken it answers, what it turns away the other takes', async () => {
  const { worlds } = await openInstances([0, 0]);
  const [leaving, staying] = worlds as [TestEngine, TestEngine];
  await startSession(leaving, { sessionId: 's' });
  const taken = Array.from({ length: 20 }, (_, place) => say(leaving, 's', 'USER', `${place}`));
  const closing = closeSoon(leaving.engine);
  const turnedAway = await say(leaving, 's', 'USER', 'late').catch(() => say(staying, 's', 'USER', 'late'));
  await closing;
  const sequences = (await Promise.all(taken)).map(({ sequence }) => sequence);
  expect([...sequences, turnedAway.sequence].toSorted((one, other) => one - other)).toEqual(
    Array.from({ length: 21 }, (_, place) => place + 1),
  );
});

async function closeSoon(engine: Engine): Promise<void> {
  await engine.drain();
  await engine.close();
}
