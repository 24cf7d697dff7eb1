import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { openMemoryStore } from '../../../src/adapters/memory/store.ts';
import { SessionError } from '../../../src/model/session-error.ts';
import { guardStore } from '../../../src/operations/engine/guarded-store.ts';
import { StoreAvailability } from '../../../src/operations/engine/store-availability.ts';
import { OutOfTime } from '../../../src/operations/out-of-time.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { refusal } from '../../support/test-engine.ts';
import { withSessions } from '../../support/wrapped-store.ts';

const logger = { debug() {}, info() {}, warn() {}, error() {} };
const metrics = { count() {}, observe() {}, gauge() {} };

/** A store that can be away, and counts the loads that reach it. */
function openGuarded() {
  const state = {
    isAway: false,
    fault: 'STORE_UNAVAILABLE' as 'STORE_UNAVAILABLE' | 'STORE_CORRUPT' | 'OVERLOADED',
    isSilent: false,
    loads: 0,
  };
  const requireThere = async () => {
    if (state.isSilent) await new Promise(() => {});
    if (state.isAway) throw new SessionError(state.fault, 'away');
  };
  const store = withSessions(openMemoryStore(), (sessions) => ({
    async load(...args) {
      state.loads += 1;
      await requireThere();
      return sessions.load(...args);
    },
  }));
  const check = async () => {
    if (state.isAway) throw new SessionError(state.fault, 'away');
  };
  const availability = new StoreAvailability({ check, logger, metrics });
  const clock = new ManualClock();
  const guarded = guardStore({ ...store, check }, { availability, clock });
  return {
    state,
    availability,
    clock,
    load: (signal?: AbortSignal) => guarded.sessions.load('acme', 's', {}, { signal }),
    guarded,
    store,
  };
}

test('a store that is known to be away is asked no more, until it is back', async () => {
  const { state, load } = openGuarded();
  state.isAway = true;
  await expect(load()).rejects.toEqual(refusal('STORE_UNAVAILABLE'));
  await nextTurn();
  await expect(load()).rejects.toEqual(refusal('STORE_UNAVAILABLE', { retryAfterMs: 1000 }));
  expect(state.loads).toBe(1);
  state.isAway = false;
  await vi.waitFor(async () => expect((await load()).header).toBeNull());
});

test('one failed call of a store that is there refuses no other', async () => {
  const { state, load } = openGuarded();
  state.isAway = true;
  const failing = load();
  state.isAway = false;
  await expect(failing).rejects.toEqual(refusal('STORE_UNAVAILABLE'));
  await nextTurn();
  expect((await load()).header).toBeNull();
});

test('a store that has too much to do when it is asked is not away', async () => {
  const { state, load } = openGuarded();
  state.isAway = true;
  const failing = load();
  state.fault = 'OVERLOADED';
  await expect(failing).rejects.toEqual(refusal('STORE_UNAVAILABLE'));
  await nextTurn();
  await expect(load()).rejects.toEqual(refusal('OVERLOADED'));
  state.isAway = false;
  expect((await load()).header).toBeNull();
});

test('a fault that is not its absence says nothing about the store', async () => {
  const { state, load } = openGuarded();
  state.isAway = true;
  state.fault = 'STORE_CORRUPT';
  for (let calls = 0; calls < 2; calls += 1) {
    await expect(load()).rejects.toEqual(refusal('STORE_CORRUPT'));
    await nextTurn();
  }
  expect(state.loads).toBe(2);
});

test('what a guarded store says of itself is what the store says, and it takes no call away from its owner', async () => {
  const { guarded, store, availability } = openGuarded();
  expect([guarded.storeId, guarded.description]).toEqual([store.storeId, store.description]);
  expect(guarded.events.onAppend(() => {})).toBeTypeOf('function');
  expect(await guarded.presence.lastSeenAt()).toBeNull();
  availability.close();
  await guarded.close();
});

test('a call that a silent store keeps waiting until its deadline is refused, and told when to try again', async () => {
  const { state, load, clock } = openGuarded();
  state.isSilent = true;
  const abort = new AbortController();
  const loading = load(abort.signal);
  clock.advance(300);
  abort.abort(new OutOfTime(1000));
  await expect(loading).rejects.toEqual(refusal('STORE_UNAVAILABLE', { retryAfterMs: 1000 }));
});

test('a call that spent its time elsewhere, or whose caller left, is not refused in the name of the store', async () => {
  const { state, load, clock } = openGuarded();
  state.isSilent = true;
  for (const reason of [new OutOfTime(1000), new Error('the caller left')]) {
    const abort = new AbortController();
    const loading = load(abort.signal);
    clock.advance(reason instanceof OutOfTime ? 100 : 10_000);
    abort.abort(reason);
    await expect(loading).rejects.toBe(reason);
  }
});

test('a store that owes answers and gives none is asked whether it is there', async () => {
  vi.useFakeTimers();
  try {
    const { state, load } = openGuarded();
    Object.assign(state, { isSilent: true, isAway: true });
    void load();
    await vi.advanceTimersByTimeAsync(400);
    void load();
    expect(state.loads).toBe(2);
    await vi.advanceTimersByTimeAsync(150);
    await expect(load()).rejects.toEqual(refusal('STORE_UNAVAILABLE'));
    expect(state.loads).toBe(2);
  } finally {
    vi.useRealTimers();
  }
});

test('a check fails as long as calls are refused, and whoever listens hears when that is over', async () => {
  const { state, load, availability } = openGuarded();
  const heard: boolean[] = [];
  const isLetThrough = () => availability.check().then(...([() => true, () => false] as const));
  availability.onChange(() => void isLetThrough().then((isSo) => heard.push(isSo)));
  state.isAway = true;
  await expect(load()).rejects.toEqual(refusal('STORE_UNAVAILABLE'));
  await vi.waitFor(() => expect(heard).toEqual([false]));
  state.isAway = false;
  expect(await isLetThrough()).toBe(false);
  await vi.waitFor(() => expect(heard).toEqual([false, true]));
  expect((await load()).header).toBeNull();
});
