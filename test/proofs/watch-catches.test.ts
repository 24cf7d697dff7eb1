import { AssertionError } from 'node:assert';
import { expect, test } from 'vitest';
import { openMemoryStore } from '../../src/adapters/memory/store.ts';
import type { Store } from '../../src/ports/store.ts';
import { replace } from '../contract/replace.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import {
  type LoggingProtocol,
  openModelStore,
  takingNumbersFirst,
  tearingCommits,
  wholeProtocol,
  withoutOutbox,
} from './watch/logging-protocol.ts';
import { runSchedule } from './watch/run-schedule.ts';

const seeds = [1, 2, 3];

test.each(seeds)('the memory store keeps the guarantees, with seed %i', async (seed) => {
  await run(seed, (store) => ({ store }));
});

test.each(seeds)('so does a store that logs after the commit, by the whole protocol, with seed %i', async (seed) => {
  await run(seed, logsBy(wholeProtocol));
});

const shortcuts: { shortcut: string; finding: RegExp; protocol: LoggingProtocol }[] = [
  { shortcut: 'takes a counter and inserts later', finding: /the log has a hole/, protocol: takingNumbersFirst() },
  { shortcut: 'commits, then appends, without an outbox', finding: /never came to the log/, protocol: withoutOutbox },
  { shortcut: 'makes a row of each event of a commit', finding: /were torn apart/, protocol: tearingCommits },
];

test.each(shortcuts)('a store that $shortcut is caught', async ({ finding, protocol }) => {
  await expectCaught((seed) => run(seed, logsBy(protocol)), finding);
});

test('a service that knows of no outage is caught: it gives no grace', async () => {
  const open = (store: Store, clock: ManualClock) => ({ store: withoutSilence(store, clock) });
  await expectCaught((seed) => run(seed, open), /before its grace/);
});

type World = Pick<Parameters<typeof runSchedule>[0], 'store' | 'crash' | 'settle'>;

/** Runs a schedule on a store that is made of the memory store. */
async function run(seed: number, open: (memory: Store, clock: ManualClock, random: SeededRandom) => World) {
  const clock = new ManualClock();
  const random = new SeededRandom(seed);
  const world = open(openMemoryStore({ clock }), clock, random);
  await runSchedule({ ...world, clock, random, eventsAtLeast: 500 });
}

function logsBy(protocol: LoggingProtocol) {
  return (store: Store, _clock: ManualClock, random: SeededRandom) => openModelStore(store, protocol, random);
}

/** A store that was seen just before whoever asks. */
function withoutSilence(store: Store, clock: ManualClock): Store {
  const presence = replace(store.presence, () => ({ lastSeenAt: async () => clock.wallAt() }));
  return replace(store, () => ({ presence }));
}

/** A crash must meet the moment that a shortcut leaves open: not every schedule has one. */
const SCHEDULES_MAX = 20;

async function expectCaught(runSeed: (seed: number) => Promise<void>, finding: RegExp): Promise<void> {
  let fault: unknown = null;
  for (let seed = 1; fault === null && seed <= SCHEDULES_MAX; seed += 1) {
    fault = await runSeed(seed).then(
      () => null,
      (error: unknown) => error,
    );
  }
  expect(fault).toBeInstanceOf(AssertionError);
  expect((fault as AssertionError).message).toMatch(finding);
}
