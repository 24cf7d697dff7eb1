import { setTimeout as wait } from 'node:timers/promises';
import { Instances } from '../test/proofs/instances/instances.ts';
import { TokenWatcher } from '../test/proofs/instances/token-watcher.ts';
import type { Measure } from './support/measure.ts';
import { quantile } from './support/median.ts';

/** What a server without change streams answers to one. */
const ONLY_ON_REPLICA_SETS = 40_573;

/**
 * Measures how long an event takes from its record in the log to a watcher on each of two instances on one MongoDB, with
 * change streams and without: one instance ends sessions, one at a time.
 */
export const measure: Measure = async ({ quick }) => {
  const sessions = quick ? 40 : 300;
  for (const hasStreams of [true, false]) {
    const instances = await Instances.open({ count: 2, serveArguments: ['--log-level', 'error'] });
    const refusal = { failCommands: ['aggregate'], appName: 'threadkeep', errorCode: ONLY_ON_REPLICA_SETS };
    if (!hasStreams) await instances.failCommands('alwaysOn', refusal);
    const watchers = instances.all.map(
      ({ sessions: chosen }) => new TokenWatcher({ choose: () => chosen, filter: {} }),
    );
    await until(() => watchers.every(({ isOpen }) => isOpen));
    await endSessions(instances, sessions);
    await until(() => watchers.every(({ delaysMs }) => delaysMs.length >= sessions));
    for (const [place, where] of ['the instance that ended it', 'the other instance'].entries()) {
      const { delaysMs } = watchers[place] as TokenWatcher;
      const [half, most] = [quantile(delaysMs, 0.5), quantile(delaysMs, 0.99)];
      const wanted = hasStreams || place === 0 ? 100 : 1100;
      console.log(
        `${hasStreams ? 'change streams' : 'polling'}, ${where}: p50 ${half} ms, p99 ${most} ms (goal: p99 of ${wanted} ms)`,
      );
    }
    await Promise.all(watchers.map((watcher) => watcher.end()));
    await instances.close();
  }
};

/** Ends sessions with pauses, so that a tail that polls has slowed down before most of them. */
async function endSessions({ all: [instance] }: Instances, count: number): Promise<void> {
  for (let place = 0; place < count; place += 1) {
    const sessionId = `session-${place}`;
    await instance?.sessions.start({ sessionId });
    await instance?.sessions.end({ sessionId });
    await wait((place % 10) * 50);
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await wait(20);
}
