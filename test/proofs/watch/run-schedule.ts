import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import type { EventRow } from '../../../src/model/event.ts';
import { DEFAULT_LIMITS, DEFAULT_TERMS_POLICY } from '../../../src/model/limits.ts';
import { DEFAULT_ENGINE_SETTINGS, type EngineSettings } from '../../../src/operations/engine/engine-settings.ts';
import type { Store } from '../../../src/ports/store.ts';
import { replace } from '../../contract/replace.ts';
import type { ManualClock } from '../../support/manual-clock.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { openTestEngine } from '../../support/test-engine.ts';
import {
  checkCommits,
  checkGrace,
  checkLives,
  checkLog,
  checkNeverEarly,
  checkReceived,
  type Grant,
} from './guarantees.ts';
import { step, type World } from './schedule.ts';
import { UnsteadyWatcher, type WatcherHabits } from './watcher.ts';

const tenant = 'acme';
const settings: Partial<EngineSettings> = {
  terms: { ...DEFAULT_TERMS_POLICY, retentionMs: 60_000 },
  limits: { ...DEFAULT_LIMITS, sessionsPerUserMax: 0 },
  catchUpPerSecond: 1_000_000,
  watch: { ...DEFAULT_ENGINE_SETTINGS.watch, ringRowsMax: 32, pollMinMs: 5, pollMaxMs: 20 },
};

/** The watchers of a run. */
export const habits: readonly WatcherHabits[] = [
  { filter: {}, patience: 20, pauseMsMax: 0 },
  { filter: {}, patience: 3, pauseMsMax: 4 },
  { filter: { kinds: ['EXPIRED', 'DELETED'] }, patience: 10, pauseMsMax: 0 },
  { filter: { userId: 'ada', agentId: 'x' }, patience: 5, pauseMsMax: 1 },
];

/** What a run happens to: an open store, which the run closes, under a clock that only the run moves. */
export interface ScheduleOptions {
  store: Store;
  clock: ManualClock;
  random: SeededRandom;
  eventsAtLeast: number;
  /** Takes away what a process that dies here would take away; called before each restart. */
  crash?(): void;
  /** Lets what is under way in the store come to its end. */
  settle?(): void;
}

/** Runs one random schedule with watchers on it and holds what they got to the guarantees; throws AssertionError. */
export async function runSchedule(options: ScheduleOptions): Promise<{ events: number; reconnects: number }> {
  const commits: string[][] = [];
  const store = recordCommits(options.store, commits);
  const world = await openWorld(options, store);
  const watchers = habits.map((each) => new UnsteadyWatcher(() => world.engine, tenant, each, options.random));
  try {
    while ((await store.events.bounds(tenant)).lastNumber < options.eventsAtLeast) await step(world);
    await letAllEnd(world);
    options.settle?.();
    const rows = await readLog(store);
    checkLog(rows);
    checkCommits(rows, commits);
    checkLives(rows, world.lives);
    checkNeverEarly(rows, world.grants);
    checkGrace(rows, world.outages);
    for (const watcher of watchers) await checkWatcher(watcher, rows);
    return { events: rows.length, reconnects: watchers.reduce((sum, watcher) => sum + watcher.reconnects, 0) };
  } finally {
    await Promise.allSettled(watchers.map((watcher) => watcher.end()));
    await world.engine.close();
    await store.close();
  }
}

function recordCommits(store: Store, commits: string[][]): Store {
  const sessions = replace(store.sessions, ({ commit }) => ({
    async commit(basis, changes, events, signal) {
      const outcome = await commit(basis, changes, events, signal);
      if (outcome === 'committed' && events.length > 0) commits.push(events.map(({ eventId }) => eventId));
      return outcome;
    },
  }));
  return replace(store, () => ({ sessions }));
}

async function openWorld({ clock, random, crash }: ScheduleOptions, store: Store): Promise<World> {
  const open = async () => (await openTestEngine({ clock, store, settings, seed: random.integer(2 ** 31) })).engine;
  const world: World = {
    engine: await open(),
    ...{ clock, random, grants: new Map<string, Grant[]>(), lives: new Map<string, number>(), outages: [] },
    restart: async () => {
      crash?.();
      await world.engine.close();
      const from = world.engine.time().now;
      if (random.integer(2) === 0) clock.advance(random.integer(120_000));
      world.engine = await open();
      world.outages.push({ from, to: world.engine.time().now });
    },
  };
  return world;
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
