import { expect, test } from 'vitest';
import { openMemoryStore } from '../../../src/adapters/memory/store.ts';
import { isPast } from '../../../src/model/store-time.ts';
import { SharedClock } from '../../../src/operations/engine/shared-clock.ts';
import type { Presence } from '../../../src/ports/presence.ts';
import type { Store } from '../../../src/ports/store.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { SkewedClock } from '../../support/skewed-clock.ts';
import { refusal } from '../../support/test-engine.ts';
import { withPresence } from '../../support/wrapped-store.ts';

const logger = { debug() {}, info() {}, warn() {}, error() {} };
const metrics = { count() {}, observe() {}, gauge() {} };

/** Machines on one store; `clock` is the store's own, and passes for all. */
function openMachines(change: (presence: Presence, clock: ManualClock) => Partial<Presence> = () => ({})) {
  const clock = new ManualClock();
  const store = withPresence(openMemoryStore({ clock }), (presence) => change(presence, clock));
  const machine = (instanceId: string, skewMs = 0) => {
    const own = new SkewedClock(clock, skewMs);
    return { own, shared: sharedClock(store, own, instanceId) };
  };
  return { clock, store, machine };
}

function sharedClock({ presence }: Store, clock: SkewedClock, instanceId: string): SharedClock {
  return new SharedClock({ instanceId, clock, presence, logger, metrics, uncertaintyMs: 1000 });
}

/** Lets time pass in steps of 10 s, with a sign of life of each clock after each step. */
async function live(clock: ManualClock, ms: number, clocks: readonly SharedClock[]): Promise<void> {
  for (let passed = 0; passed < ms; passed += 10_000) {
    clock.advance(10_000);
    for (const shared of clocks) await shared.beat();
  }
}

test('time: until the store was reached it is STORE_UNAVAILABLE, with the time after which to ask again', async () => {
  const { machine } = openMachines();
  const { shared } = machine('one');
  expect(() => shared.time()).toThrow(refusal('STORE_UNAVAILABLE', { retryAfterMs: 1000 }) as Error);
  await shared.contact();
  expect(shared.time()).toMatchObject({ uncertaintyMs: 1000, outages: [] });
});

test.each([-5000, 0, 5000])(
  "time: it is the store's, on a machine whose wall clock is off by %d ms",
  async (skewMs) => {
    const { clock, machine } = openMachines();
    const { shared } = machine('one', skewMs);
    await shared.beat();
    expect(shared.time().now).toBe(clock.wallAt());
    clock.advance(1234);
    expect(shared.time().now).toBe(clock.wallAt());
  },
);

test.each([-60_000, 60_000])(
  'time: a step of the wall clock by %d ms neither moves it nor is an outage',
  async (ms) => {
    const { clock, machine } = openMachines();
    const { own, shared } = machine('one');
    await shared.beat();
    own.stepWall(ms);
    await live(clock, 60_000, [shared]);
    expect(shared.time()).toMatchObject({ now: clock.wallAt(), outages: [] });
  },
);

test('time: an answer that was long on its way puts it behind the store, never ahead', async () => {
  const { clock, machine } = openMachines((presence, passing) => ({
    async now() {
      const at = await presence.now();
      passing.advance(2000);
      return at;
    },
  }));
  const { shared } = machine('one');
  await shared.contact();
  expect(shared.time().now).toBe(clock.wallAt() - 2000);
});

test('time: it never goes back, whatever the store answers', async () => {
  const { clock, machine } = openMachines();
  const { shared } = machine('one');
  await shared.beat();
  const before = shared.time().now;
  clock.stepWall(-20_000);
  const told: number[] = [before];
  for (let beats = 0; beats < 8; beats += 1) {
    await live(clock, 10_000, [shared]);
    told.push(shared.time().now);
  }
  expect(told).toEqual(told.toSorted((one, other) => one - other));
  expect(told.at(-1)).toBe(before + 60_000);
});

test('time: a sample is taken again after 30 s, so that a machine whose time runs fast does not run ahead', async () => {
  const { clock, store } = openMachines();
  const fast = { wallAt: () => 0, monotonicMs: () => clock.monotonicMs() * 1.01 };
  const shared = new SharedClock({
    ...{ instanceId: 'one', clock: fast, presence: store.presence, logger, metrics, uncertaintyMs: 1000 },
  });
  await shared.beat();
  await live(clock, 3_600_000, [shared]);
  expect(shared.time().now - clock.wallAt()).toBeLessThanOrEqual(400);
});

test('silence: of one instance while another lives puts its deadlines off until it knows, and then no more', async () => {
  const { clock, machine } = openMachines();
  const [one, other] = [machine('one').shared, machine('other').shared];
  await live(clock, 10_000, [one, other]);
  const deadlineAt = clock.wallAt() + 20_000;
  await live(clock, 40_000, [other]);
  expect(isPast(deadlineAt, other.time())).toBe(true);
  expect(isPast(deadlineAt, one.time())).toBe(false);
  // Nobody is told of a later time: the others would not keep it.
  expect(one.time().outages).toEqual([]);
  await one.beat();
  expect(one.time().outages).toEqual([]);
  expect(isPast(deadlineAt, one.time())).toBe(true);
});

test('silence: of all instances is an outage that the first to return notes and the others learn', async () => {
  const { clock, store, machine } = openMachines();
  const [one, other] = [machine('one').shared, machine('other').shared];
  await live(clock, 10_000, [one, other]);
  const from = clock.wallAt();
  clock.advance(100_000);
  await one.beat();
  const outage = { from, to: clock.wallAt() };
  clock.advance(5000);
  expect(other.time().silence).toEqual({ from, to: clock.wallAt() });
  await other.beat();
  expect([one.time().outages, other.time().outages]).toEqual([[outage], [outage]]);
  expect(await store.presence.outages()).toEqual([outage]);
});

test('silence: an instance that makes its first contact after it learns of the outage before it tells a time', async () => {
  const { clock, machine } = openMachines();
  await machine('one').shared.beat();
  const from = clock.wallAt();
  clock.advance(100_000);
  const { shared } = machine('other');
  await shared.contact();
  expect(shared.time().outages).toEqual([{ from, to: clock.wallAt() }]);
});

test('silence: an outage is durable before the sign of life that would hide it', async () => {
  const { clock, store, machine } = openMachines((presence) => ({
    addOutage: async () => {
      throw new Error('away');
    },
    beat: (...args) => presence.beat(...args),
  }));
  const { shared } = machine('one');
  await shared.beat();
  const seenAt = clock.wallAt();
  clock.advance(100_000);
  await expect(shared.beat()).rejects.toThrow('away');
  expect(await store.presence.lastSeenAt()).toBe(seenAt);
  expect(shared.time().silence).toEqual({ from: seenAt, to: clock.wallAt() });
});

test('silence: an instance that looks while another returns sees either the silence or the outage', async () => {
  let meanwhile = async () => {};
  const between = async <Result>(answer: Promise<Result>) => {
    const known = await answer;
    const happens = meanwhile;
    meanwhile = async () => {};
    await happens();
    return known;
  };
  const { clock, store, machine } = openMachines((presence) => ({
    lastSeenAt: () => between(presence.lastSeenAt()),
    outages: () => between(presence.outages()),
  }));
  const [one, other] = [machine('one').shared, machine('other').shared];
  await live(clock, 10_000, [one, other]);
  const deadlineAt = clock.wallAt() + 50_000;
  clock.advance(100_000);
  // The other notes the outage and gives its sign of life between the two looks of this one.
  meanwhile = () => other.beat();
  await one.beat();
  expect((await store.presence.outages()).length).toBeGreaterThan(0);
  expect(isPast(deadlineAt, one.time())).toBe(false);
});

test('silence: a process that is stopped between its look and its sign of life has been silent', async () => {
  let isStopped = false;
  const { clock, machine } = openMachines((presence, passing) => ({
    async beat(...args) {
      if (isStopped) passing.advance(100_000);
      isStopped = false;
      await presence.beat(...args);
    },
    async outages() {
      if (isStopped) passing.advance(100_000);
      return presence.outages();
    },
  }));
  const { shared } = machine('one');
  await shared.beat();
  const from = clock.wallAt();
  isStopped = true;
  await shared.beat();
  const deadlineAt = from + 50_000;
  expect(isPast(deadlineAt, shared.time())).toBe(false);
  await shared.beat();
  expect(isPast(deadlineAt, shared.time())).toBe(false);
  expect(shared.time().outages).toEqual([{ from, to: clock.wallAt() }]);
});

test('silence: after it the store is asked for its now, for a machine that was suspended has lost time', async () => {
  const { clock, store } = openMachines();
  let suspendedMs = 0;
  const machine = { wallAt: () => 0, monotonicMs: () => clock.monotonicMs() - suspendedMs };
  const shared = new SharedClock({
    ...{ instanceId: 'one', clock: machine, presence: store.presence, logger, metrics, uncertaintyMs: 1000 },
  });
  await shared.beat();
  const from = clock.wallAt();
  clock.advance(3_600_000);
  suspendedMs = 3_600_000;
  await live(clock, 30_000, [shared]);
  const { now, outages } = shared.time();
  expect(now).toBe(clock.wallAt());
  expect(outages.some((outage) => outage.from <= from + 30_000 && outage.to >= from + 3_600_000)).toBe(true);
});

test('close: an instance that never gave a sign of life gives none', async () => {
  const { store, machine } = openMachines();
  const { shared } = machine('one');
  await shared.contact();
  await shared.close();
  expect(await store.presence.lastSeenAt()).toBeNull();
  await shared.beat();
  await shared.close();
  expect(await store.presence.lastSeenAt()).not.toBeNull();
});
