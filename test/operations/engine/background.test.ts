import { setTimeout } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { openMemoryStore } from '../../../src/adapters/memory/store.ts';
import { Periodic } from '../../../src/operations/engine/periodic.ts';
import { Wakeup } from '../../../src/operations/engine/wakeup.ts';
import type { SessionStore } from '../../../src/ports/session-store.ts';
import type { Store } from '../../../src/ports/store.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { HOUR_MS, openTestEngine, startSession } from '../../support/test-engine.ts';
import { withEvents, withSessions } from '../../support/wrapped-store.ts';

const logger = { debug() {}, info() {}, warn() {}, error() {} };

test('periodic: it goes on after a failure, never twice at a time, and stops after the run in flight', async () => {
  let runs = 0;
  let running = 0;
  let runningMax = 0;
  const run = async () => {
    runs += 1;
    running += 1;
    runningMax = Math.max(runningMax, running);
    await setTimeout(2);
    running -= 1;
    if (runs === 1) throw new Error('once');
  };
  const periodic = new Periodic({ name: 'work', intervalMs: 1, run, logger });
  periodic.start();
  await vi.waitFor(() => expect(runs).toBeGreaterThan(3));
  await periodic.stop();
  const atStop = runs;
  expect([running, runningMax]).toEqual([0, 1]);
  await setTimeout(10);
  expect(runs).toBe(atStop);
});

test('periodic: it slows down while there is nothing to do, and is back at its pace with the first work', async () => {
  vi.useFakeTimers();
  try {
    const answers = [0, 0, 0, 7, 7];
    const ranAt: number[] = [];
    const run = async () => {
      ranAt.push(Date.now() - startedAt);
      return answers[ranAt.length - 1];
    };
    const periodic = new Periodic({ name: 'work', intervalMs: 250, idleMs: 1000, run, logger });
    const startedAt = Date.now();
    periodic.start();
    await vi.advanceTimersByTimeAsync(3000);
    await periodic.stop();
    expect(ranAt.slice(0, 5)).toEqual([0, 500, 1500, 2500, 2750]);
  } finally {
    vi.useRealTimers();
  }
});

test('wakeup: a wake that comes before the sleep ends it, another one does not', async () => {
  const wakeup = new Wakeup(new AbortController().signal);
  wakeup.wake();
  wakeup.wake();
  await wakeup.sleep(60_000);
  const startedAt = performance.now();
  await wakeup.sleep(20);
  expect(performance.now() - startedAt).toBeGreaterThan(15);
});

test('wakeup: a sleep throws the reason of its signal', async () => {
  const leaving = new AbortController();
  const sleep = new Wakeup(leaving.signal).sleep(60_000);
  leaving.abort(new Error('gone'));
  await expect(sleep).rejects.toThrow('gone');
});

test('engine: once started it gives signs of life and sweeps, until it is closed', async () => {
  const world = await openTestEngine({ settings: { sweepIntervalMs: 1 } });
  const { engine, store, clock } = world;
  await startSession(world, { sessionId: 's' });
  clock.advance(11 * HOUR_MS);
  engine.start();
  const statusNow = async () => (await store.sessions.load('acme', 's', {})).header?.status;
  await vi.waitFor(async () => expect(await statusNow()).toBe('DORMANT'));
  expect(await store.presence.lastSeenAt()).toBe(clock.wallAt());
  await engine.close();
  expect(engine.draining.aborted).toBe(true);
  await engine.close();
});

/** A memory store in which there is more to do after every step, until `isOver`. */
function restlessStore(clock: ManualClock, isOver: () => boolean): Store {
  const store = openMemoryStore({ clock });
  const step = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return isOver() ? 0 : 1000;
  };
  return { ...withEvents(withSessions(store, findingMore(isOver)), () => ({ compact: step })), collectGarbage: step };
}

/** Whoever asks for what is due after what was found finds as much again. */
function findingMore(isOver: () => boolean): (sessions: SessionStore) => Partial<SessionStore> {
  return (sessions) => ({
    async findDue(beforeAt, limit, after) {
      await new Promise((resolve) => setImmediate(resolve));
      const due = await sessions.findDue(beforeAt, limit, null);
      return isOver() || due.length === 0
        ? due.filter(() => after === null)
        : Array.from({ length: limit }, () => due[0]!);
    },
  });
}

test('engine: a drain waits for no chore that has more to do after every step', async () => {
  const clock = new ManualClock();
  let isOver = false;
  const world = await openTestEngine({
    clock,
    store: restlessStore(clock, () => isOver),
    settings: { sweepIntervalMs: 1 },
  });
  await startSession(world, { sessionId: 's' });
  clock.advance(11 * HOUR_MS);
  world.engine.start();
  await setTimeout(20);
  const drained = await Promise.race([world.engine.drain().then(() => true), setTimeout(5000, false)]);
  isOver = true;
  expect(drained).toBe(true);
  await world.engine.close();
});
