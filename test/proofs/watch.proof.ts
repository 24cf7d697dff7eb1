import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { openMemoryStore } from '../../src/adapters/memory/store.ts';
import { openSqliteStore } from '../../src/adapters/sqlite/store.ts';
import type { EventRow } from '../../src/model/event.ts';
import { DEFAULT_LIMITS, DEFAULT_TERMS_POLICY } from '../../src/model/limits.ts';
import { DEFAULT_ENGINE_SETTINGS, type EngineSettings } from '../../src/operations/engine/engine-settings.ts';
import type { Store } from '../../src/ports/store.ts';
import { ManualClock } from '../support/manual-clock.ts';
import type { Proof } from '../support/proof.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { openTestEngine } from '../support/test-engine.ts';
import { checkLives, checkLog, checkNeverEarly, checkReceived, type Grant } from './watch/guarantees.ts';
import { step, type World } from './watch/schedule.ts';
import { UnsteadyWatcher, type WatcherHabits } from './watch/watcher.ts';

const tenant = 'acme';
const eventsAtLeast = 500;
const settings: Partial<EngineSettings> = {
  terms: { ...DEFAULT_TERMS_POLICY, retentionMs: 60_000 },
  limits: { ...DEFAULT_LIMITS, sessionsPerUserMax: 0 },
  catchUpPerSecond: 1_000_000,
  watch: { ...DEFAULT_ENGINE_SETTINGS.watch, ringRowsMax: 32, pollMinMs: 5, pollMaxMs: 20 },
};

const habits: WatcherHabits[] = [
  { filter: {}, patience: 20, pauseMsMax: 0 },
  { filter: {}, patience: 3, pauseMsMax: 4 },
  { filter: { kinds: ['EXPIRED', 'DELETED'] }, patience: 10, pauseMsMax: 0 },
  { filter: { userId: 'ada', agentId: 'x' }, patience: 5, pauseMsMax: 1 },
];

/** Runs random schedules of calls, time, jumps of the clock and restarts under watchers that come and go. */
export const proof: Proof = {
  claim: 'watchers get every event once, in order, in whole commits and never early, whatever happens around them',
  counts: { short: 50, full: 1000 },
  async run({ count, seed, log }) {
    const random = new SeededRandom(seed);
    let events = 0;
    let reconnects = 0;
    for (let run = 0; run < count; run++) {
      const outcome = await runOnce(new SeededRandom(random.integer(2 ** 31)), run);
      events += outcome.events;
      reconnects += outcome.reconnects;
      if (run % 50 === 49) log(`${run + 1} runs, ${events} events, ${reconnects} reconnects`);
    }
    return { runs: count, watchers: habits.length, events, reconnects };
  },
};

async function runOnce(random: SeededRandom, run: number): Promise<{ events: number; reconnects: number }> {
  const clock = new ManualClock();
  const store = run % 2 === 0 ? openMemoryStore({ clock }) : await openSqliteStore({ path: ':memory:', clock });
  const open = async () => (await openTestEngine({ clock, store, settings, seed: random.integer(2 ** 31) })).engine;
  const world: World = {
    engine: await open(),
    ...{ clock, random, grants: new Map<string, Grant[]>(), lives: new Map<string, number>() },
    restart: async () => {
      await world.engine.close();
      if (random.integer(2) === 0) clock.advance(random.integer(120_000));
      world.engine = await open();
    },
  };
  const watchers = habits.map((habit) => new UnsteadyWatcher(() => world.engine, tenant, habit, random));
  while ((await store.events.bounds(tenant)).lastNumber < eventsAtLeast) await step(world);
  await letAllEnd(world);
  const rows = await readLog(store);
  checkLog(rows);
  checkLives(rows, world.lives);
  checkNeverEarly(rows, world.grants);
  for (const watcher of watchers) await checkWatcher(watcher, rows);
  await world.engine.close();
  await store.close();
  return { events: rows.length, reconnects: watchers.reduce((sum, watcher) => sum + watcher.reconnects, 0) };
}

/** Time passes until the last session is purged. */
async function letAllEnd({ engine, clock }: World): Promise<void> {
  for (let minute = 0; minute < 10; minute++) {
    clock.advance(29_000);
    await engine.sweeper.sweepOnce();
  }
}

async function checkWatcher(watcher: UnsteadyWatcher, rows: readonly EventRow[]): Promise<void> {
  const check = () => checkReceived(rows, watcher.received, watcher.batches, watcher.habits.filter);
  for (let attempt = 0; attempt < 200; attempt++) {
    await wait(10);
    try {
      check();
      break;
    } catch (error) {
      if (!(error instanceof assert.AssertionError)) throw error;
    }
  }
  await watcher.end();
  check();
}

async function readLog(store: Store): Promise<EventRow[]> {
  const rows: EventRow[] = [];
  for (;;) {
    const more = await store.events.read(tenant, rows.at(-1)?.number ?? 0, 1000);
    if (more.length === 0) return rows;
    rows.push(...more);
  }
}
