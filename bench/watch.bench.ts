import { setTimeout as wait } from 'node:timers/promises';
import { Instances } from '../test/proofs/instances/instances.ts';
import { TokenWatcher } from '../test/proofs/instances/token-watcher.ts';
import type { Measure } from './support/measure.ts';
import { quantile } from './support/median.ts';
import type { Figure } from './support/report.ts';

/** What a server without change streams answers to one. */
const ONLY_ON_REPLICA_SETS = 40_573;

/**
 * Measures how long an event takes from its record in the log to a watcher on each of two instances on one MongoDB, with
 * change streams and without: one instance ends sessions, one at a time.
 */
export const measure: Measure = async ({ quick }) => {
  const sessions = quick ? 10 : 100;
  const figures: Figure[] = [];
  for (const hasStreams of [true, false]) figures.push(...(await measureWay(hasStreams, sessions)));
  return {
    title: 'From commit to watcher, on MongoDB',
    method:
      `Two instances on one MongoDB and one Redis. One ends ${sessions} sessions, one at a time with pauses of up to 180 ms; a watcher on ` +
      'each takes the time from the record of the event in the log to its arrival. Polling: MongoDB refuses change streams.',
    figures,
    plots: [],
  };
};

async function measureWay(hasStreams: boolean, sessions: number): Promise<Figure[]> {
  const instances = await Instances.open({ count: 2, serveArguments: ['--log-level', 'error'] });
  try {
    const refusal = { failCommands: ['aggregate'], appName: 'threadkeep', errorCode: ONLY_ON_REPLICA_SETS };
    if (!hasStreams) await instances.failCommands('alwaysOn', refusal);
    const watchers = instances.all.map(
      ({ sessions: chosen }) => new TokenWatcher({ choose: () => chosen, filter: {} }),
    );
    await until(() => watchers.every(({ isOpen }) => isOpen));
    await endSessions(instances, sessions);
    await until(() => watchers.every(({ delaysMs }) => delaysMs.length >= sessions));
    await Promise.all(watchers.map((watcher) => watcher.end()));
    return watchers.flatMap(({ delaysMs }, place) => figuresOf(delaysMs, hasStreams, place === 0));
  } finally {
    await instances.close();
  }
}

function figuresOf(delaysMs: readonly number[], hasStreams: boolean, isOwn: boolean): Figure[] {
  const at = { by: hasStreams ? 'change streams' : 'polling', watcher: isOwn ? 'same instance' : 'other instance' };
  const atMost = hasStreams || isOwn ? 100 : 1100;
  return [
    { name: 'An event to a watcher, p50', at, value: quantile(delaysMs, 0.5), unit: 'ms' },
    {
      name: 'An event to a watcher, p99',
      at,
      value: quantile(delaysMs, 0.99),
      unit: 'ms',
      wanted: { of: 'value', atMost },
    },
  ];
}

/** Ends sessions with pauses, so that a tail that polls has slowed down before most of them. */
async function endSessions({ all: [instance] }: Instances, count: number): Promise<void> {
  for (let place = 0; place < count; place += 1) {
    const sessionId = `session-${place}`;
    await instance?.sessions.start({ sessionId });
    await instance?.sessions.end({ sessionId });
    await wait((place % 10) * 20);
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await wait(20);
}
