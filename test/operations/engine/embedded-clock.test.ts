import { expect, test } from 'vitest';
import { openMemoryStore } from '../../../src/adapters/memory/store.ts';
import type { Outage } from '../../../src/model/store-time.ts';
import { EmbeddedClock } from '../../../src/operations/engine/embedded-clock.ts';
import type { Presence } from '../../../src/ports/presence.ts';
import type { Store } from '../../../src/ports/store.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const logger = { debug() {}, info() {}, warn() {}, error() {} };

function openClock(clock: ManualClock, store: Store = openMemoryStore({ clock })): Promise<EmbeddedClock> {
  return EmbeddedClock.open({ instanceId: 'one', clock, presence: store.presence, logger });
}

test('time: it goes on with the monotonic clock while the wall clock goes back', async () => {
  const clock = new ManualClock();
  const storeClock = await openClock(clock);
  const before = storeClock.time().now;
  clock.stepWall(-60_000);
  clock.advance(1000);
  expect(storeClock.time()).toMatchObject({ now: before + 1000, outages: [] });
});

test('time: a forward step of up to 5 s is followed, a larger one is an outage', async () => {
  const clock = new ManualClock();
  const storeClock = await openClock(clock);
  const before = storeClock.time().now;
  clock.stepWall(5000);
  expect(storeClock.time()).toMatchObject({ now: before + 5000, outages: [] });
  clock.stepWall(5001);
  expect(storeClock.time().outages).toEqual([{ from: before + 5000, to: before + 10_001 }]);
});

test('time: hours that pass on both clocks are no outage', async () => {
  const clock = new ManualClock();
  const storeClock = await openClock(clock);
  clock.advance(10 * 3_600_000);
  expect(storeClock.time().outages).toEqual([]);
});

test('time: a process that was stopped for longer than 30 s comes back from an outage', async () => {
  const clock = new ManualClock();
  const storeClock = await openClock(clock);
  await storeClock.beat();
  const stoppedAt = storeClock.time().now;
  clock.advance(30_001);
  expect(storeClock.time().outages).toEqual([{ from: stoppedAt, to: stoppedAt + 30_001 }]);
  clock.advance(1000);
  expect(storeClock.time().outages).toHaveLength(1);
});

test('time: signs of life that the store does not take are none', async () => {
  const clock = new ManualClock();
  const store = openMemoryStore({ clock });
  let isAway = false;
  const beat: Presence['beat'] = async (instanceId, at) => {
    if (isAway) throw new Error('away');
    await store.presence.beat(instanceId, at);
  };
  const addOutage: Presence['addOutage'] = (outage) => store.presence.addOutage(outage);
  const storeClock = await openClock(clock, { ...store, presence: { ...bound(store.presence), addOutage, beat } });
  await storeClock.beat();
  const from = storeClock.time().now;
  isAway = true;
  for (let seconds = 0; seconds < 30; seconds += 10) {
    clock.advance(10_000);
    await storeClock.beat().catch(() => {});
  }
  clock.advance(10_000);
  expect(storeClock.time().outages).toEqual([{ from, to: from + 40_000 }]);
});

test('open: after a restart it is never before the last sign of life', async () => {
  const clock = new ManualClock();
  const store = openMemoryStore({ clock });
  await (await openClock(clock, store)).beat();
  const lastSeenAt = clock.wallAt();
  clock.stepWall(-3_600_000);
  expect((await openClock(clock, store)).time().now).toBe(lastSeenAt);
});

test('open: a silence of more than 30 s is an outage that is remembered', async () => {
  const clock = new ManualClock();
  const store = openMemoryStore({ clock });
  await (await openClock(clock, store)).beat();
  const from = clock.wallAt();
  clock.advance(30_000);
  expect((await openClock(clock, store)).time().outages).toEqual([]);
  clock.advance(1);
  const outage = { from, to: from + 30_001 };
  expect((await openClock(clock, store)).time().outages).toEqual([outage]);
  expect(await store.presence.outages()).toEqual([outage]);
});

test('beat: an outage that could not be remembered at once is remembered before the next sign of life, once', async () => {
  const clock = new ManualClock();
  const store = openMemoryStore({ clock });
  let failures = 1;
  const addOutage = async (outage: Outage) => {
    if (failures-- > 0) throw new Error('away');
    await store.presence.addOutage(outage);
  };
  const presence = { ...bound(store.presence), addOutage };
  const storeClock = await openClock(clock, { ...store, presence });
  clock.stepWall(60_000);
  storeClock.time();
  await storeClock.beat();
  await storeClock.beat();
  expect(await store.presence.outages()).toHaveLength(1);
});

function bound(presence: Presence): Omit<Presence, 'addOutage'> {
  return {
    now: () => presence.now(),
    instances: (seenSince) => presence.instances(seenSince),
    beat: (instanceId, at) => presence.beat(instanceId, at),
    lastSeenAt: () => presence.lastSeenAt(),
    outages: () => presence.outages(),
  };
}
