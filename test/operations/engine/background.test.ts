import { expect, test, vi } from 'vitest';
import { Periodic } from '../../../src/operations/engine/periodic.ts';
import { Wakeup } from '../../../src/operations/engine/wakeup.ts';
import { HOUR_MS, openTestEngine, startSession } from '../../support/test-engine.ts';

const logger = { debug() {}, info() {}, warn() {}, error() {} };

test('periodic: it goes on after a failure, never twice at a time, and stops after the run in flight', async () => {
  let runs = 0;
  let running = 0;
  let runningMax = 0;
  const run = async () => {
    runs += 1;
    running += 1;
    runningMax = Math.max(runningMax, running);
    await new Promise((resolve) => setTimeout(resolve, 2));
    running -= 1;
    if (runs === 1) throw new Error('once');
  };
  const periodic = new Periodic({ name: 'work', intervalMs: 1, run, logger });
  periodic.start();
  await vi.waitFor(() => expect(runs).toBeGreaterThan(3));
  await periodic.stop();
  const atStop = runs;
  expect([running, runningMax]).toEqual([0, 1]);
  await new Promise((resolve) => setTimeout(resolve, 10));
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
