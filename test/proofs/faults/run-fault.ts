import { setTimeout as wait } from 'node:timers/promises';
import { SeededRandom } from '../../support/seeded-random.ts';
import type { Bed } from './bed.ts';
import { answerAll, runCaller } from './caller.ts';
import { sendWrite } from './calls.ts';
import type { Fault } from './fault.ts';
import type { History } from './history.ts';
import type { Instance } from './instance.ts';
import { judgeSessions } from './judge.ts';

/** FaultRun says what happens under which load. */
export interface FaultRun {
  bed: Bed;
  fault: Fault;
  history: History;
  random: SeededRandom;
  /** How many writes are acknowledged before the run ends. */
  writesAtLeast: number;
  /** Within so many ms after the fault every instance takes writes again. */
  returnWithinMs: number;
}

const CALLERS = 64;

/** How long an instance is asked for a write after a fault before it is asked again, in ms. */
const PROBE_MS = 1000;

/** How long anything may take before a run is given up, in ms. */
const GIVE_UP_MS = 90_000;

/** Lets a fault happen under load, waits for the service to be full again, and judges; answers how long that took, in ms. */
export async function runFault(run: FaultRun): Promise<{ returnedMs: number; messages: number }> {
  const { bed, fault, history, random, writesAtLeast, returnWithinMs } = run;
  const { instances } = bed;
  const before = history.acknowledgedCount;
  const isReached = (share: number) => history.acknowledgedCount - before >= share * writesAtLeast;
  let isOver = false;
  let isGivenUp = false;
  const callers = Array.from({ length: CALLERS }, () => {
    const own = new SeededRandom(random.integer(2 ** 31));
    return runCaller(instances, history, own, () => isGivenUp || (isOver && isReached(1)));
  });
  const load = Promise.all(callers);
  // Whoever throws ends the run below; until then nobody waits for it.
  load.catch(() => {});
  try {
    await until(() => isReached(0.25));
    const end = await fault.begin(bed, random);
    await wait(500 + random.integer(1500));
    await end();
    const returnedMs = await untilFull(instances, history);
    if (returnedMs > returnWithinMs) history.violations.push(`the service was full again after ${returnedMs} ms only`);
    isOver = true;
    await until(() => isReached(1));
    await load;
    await answerAll(instances, history, random);
    return { returnedMs, messages: await judgeSessions(instances, history, random) };
  } finally {
    isGivenUp = true;
    await load;
  }
}

/** Resolves once every instance has taken a write, with how long that took. */
async function untilFull(instances: readonly Instance[], history: History): Promise<number> {
  const sinceMs = performance.now();
  await Promise.all(instances.map(untilWritten));
  return Math.round(performance.now() - sinceMs);

  async function untilWritten(instance: Instance, place: number): Promise<void> {
    const write = history.addWrite(history.others[place]!, { size: 1, expectedVersion: 0 });
    while (!(await sendWrite(history, write, instance, PROBE_MS))) {
      if (performance.now() - sinceMs > GIVE_UP_MS) throw new Error(`instance ${instance.name} does not come back`);
      await wait(50);
    }
  }
}

async function until(isSo: () => boolean): Promise<void> {
  const giveUpAtMs = performance.now() + GIVE_UP_MS;
  while (!isSo()) {
    if (performance.now() > giveUpAtMs) throw new Error('the load does not get on');
    await wait(20);
  }
}
