import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Proof } from '../support/proof.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { makeEvents } from './watchers/event-load.ts';
import { type HeapProbe, startProbedService } from './watchers/heap-probe.ts';
import { type Behaviour, openUnrulyWatcher, type UnrulyWatcher } from './watchers/unruly-watcher.ts';

const ROUNDS = 4;
/** Rounds of watchers that read all, with the same load, before one of the other kind is the last to warm up. */
const WARM_UP_ROUNDS = 2;
const SESSIONS_A_ROUND = 500;
/** So much each watcher may leave, for what else changes in a heap meanwhile: a stream that stays holds its step of 64 KiB or more. */
const BYTES_LEFT_MAX = 8192;
const unruly: readonly Behaviour[] = ['stops reading', 'vanishes', 'is cut off'];
const PATIENCE_MS = 120_000;
const SETTINGS = [
  ...['--retention', '0s', '--sweep-interval', '20ms', '--log-level', 'error'],
  ...['--watch-stall', '1s', '--watch-ring', '256', '--keep-alive', '1s'],
  // Sessions that are kept for their next call would be counted as the watchers'.
  ...['--cache-entries', '16'],
];

/** Lets watchers stop reading, vanish and be cut off under a stream of events, and looks what the service keeps of them. */
export const proof: Proof = {
  claim: 'watchers that stop reading or vanish leave no registration and no memory behind',
  counts: { short: 200, full: 500 },
  async run({ count, seed, log }) {
    const folder = await mkdtemp(join(tmpdir(), 'threadkeep-watchers-'));
    const probe = await startProbedService(['--store', `sqlite:${join(folder, 'threadkeep.db')}`, ...SETTINGS]);
    try {
      return await observe(probe, { watchersARound: Math.ceil(count / ROUNDS), random: new SeededRandom(seed), log });
    } finally {
      await probe.service.stop();
      await rm(folder, { recursive: true });
    }
  },
};

interface Observation {
  watchersARound: number;
  random: SeededRandom;
  log(line: string): void;
}

async function observe(probe: HeapProbe, { watchersARound, random, log }: Observation) {
  const { baseUrl } = probe.service;
  const play = (...choices: Behaviour[]) =>
    playRound(
      baseUrl,
      Array.from({ length: watchersARound }, () => random.pick(choices)),
    );
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) await closeAll(baseUrl, await play('reads on'));
  await closeAll(baseUrl, await play(...unruly));
  const before = await probe.settledBytes();
  let whileConnected = 0;
  for (let round = 1; round <= ROUNDS; round += 1) {
    const watchers = await play(...unruly);
    if (round === ROUNDS) whileConnected = (await probe.settledBytes()) - before;
    await closeAll(baseUrl, watchers);
    log(`${watchersARound * round} watchers, ${((await probe.settledBytes()) - before) >> 10} KiB more than before`);
  }
  const watchers = ROUNDS * watchersARound;
  const bytesLeft = Math.round(((await probe.settledBytes()) - before) / watchers);
  assert.ok(bytesLeft < BYTES_LEFT_MAX, `each of ${watchers} watchers left ${bytesLeft} bytes behind`);
  await cutOffIdle(baseUrl);
  return { watchers, 'bytes left by each': bytesLeft, 'KiB while the last round was connected': whileConnected >> 10 };
}

/** Lets watchers behave as they do while events flow, until none that misbehaves is registered. */
async function playRound(baseUrl: string, behaviours: readonly Behaviour[]): Promise<UnrulyWatcher[]> {
  const watchers = await Promise.all(behaviours.map((each, place) => openUnrulyWatcher(baseUrl, each, place)));
  assert.equal(await countWatchers(baseUrl), watchers.length);
  const faithful = behaviours.filter((each) => each === 'reads on').length;
  await makeEvents(baseUrl, SESSIONS_A_ROUND / 5);
  await until('each watcher is given events', () => watchers.every(({ bytes }) => bytes > 2000));
  for (const watcher of watchers) watcher.misbehave();
  await makeEvents(baseUrl, SESSIONS_A_ROUND);
  await until('those that misbehave are registered no more', async () => {
    if ((await countWatchers(baseUrl)) <= faithful) return true;
    await makeEvents(baseUrl, SESSIONS_A_ROUND / 5);
    return false;
  });
  assert.equal(await countWatchers(baseUrl), faithful);
  return watchers;
}

async function closeAll(baseUrl: string, watchers: readonly UnrulyWatcher[]): Promise<void> {
  for (const watcher of watchers) watcher.close();
  await until('no watcher is registered', async () => (await countWatchers(baseUrl)) === 0);
}

/** Without events only an unanswered ping tells that nobody is there. */
async function cutOffIdle(baseUrl: string): Promise<void> {
  const watchers = await Promise.all([0, 1, 3, 4].map((place) => openUnrulyWatcher(baseUrl, 'is cut off', place)));
  for (const watcher of watchers) watcher.misbehave();
  await until('no watcher that is cut off is registered', async () => (await countWatchers(baseUrl)) === 0);
  await closeAll(baseUrl, watchers);
}

/** Reads the gauge of open streams. */
async function countWatchers(baseUrl: string): Promise<number> {
  const page = await (await fetch(`${baseUrl}/metrics`)).text();
  return Number(/^threadkeep_watchers (\d+)$/m.exec(page)?.[1]);
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAtMs = performance.now() + PATIENCE_MS;
  while (!(await isSo())) {
    assert.ok(performance.now() < giveUpAtMs, `it never came to be that ${what}`);
    await wait(50);
  }
}
