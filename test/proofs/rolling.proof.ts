import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import type { Proof } from '../support/proof.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { GrpcCaller } from './instances/grpc-caller.ts';
import type { Instance } from './instances/instance.ts';
import { Instances } from './instances/instances.ts';
import { TokenWatcher } from './instances/token-watcher.ts';
import { SteadyLoad } from './rolling/steady-load.ts';
import { checkLog } from './watch/guarantees.ts';
import { auditWatcher, readLog } from './watch-faults/audit-log.ts';

/** In full 300 calls a second, 50 of them appends; in short a fifth, for machines that run other tests beside. */
const FULL = { callers: 60, watchers: 100 };
const SHORT = { callers: 12, watchers: 20 };
/** Calls that a started instance has answered before the next one is stopped: its callers have found it. */
const ANSWERED_AT_LEAST = 20;
const PATIENCE_MS = 60_000;
const SETTINGS = ['--sessions-per-user', '0', '--log-level', 'error', '--probe-period', '500ms'];

/** Stops and starts two instances in turn, under calls that follow the published retry policy and under watchers. */
export const proof: Proof = {
  claim:
    'a rolling restart fails no call of clients with the published retry policy, and no watcher misses or doubles an event',
  counts: { short: 1, full: 10 },
  async run({ count, seed, log }) {
    const size = count > 1 ? FULL : SHORT;
    const instances = await Instances.open({ count: 2, serveArguments: SETTINGS });
    const ports = instances.all.map(({ port }) => port);
    const callers = Array.from({ length: 5 }, () => new GrpcCaller(ports));
    const load = new SteadyLoad({
      caller: callers[0] as GrpcCaller,
      callers: size.callers,
      random: new SeededRandom(seed),
    });
    const watchers = Array.from({ length: size.watchers }, (_, place) => {
      const caller = callers[1 + (place % 4)] as GrpcCaller;
      return new TokenWatcher({ choose: () => caller, filter: {} });
    });
    try {
      await load.begin();
      const startedMs = performance.now();
      await until('every watcher is open', () => watchers.every(({ isOpen }) => isOpen));
      for (let round = 1; round <= count; round += 1) {
        for (const instance of instances.all) await restart(instance, load);
        log(`${round} rolling restarts, ${load.calls} calls, ${load.failures.length} failed`);
      }
      const seconds = (performance.now() - startedMs) / 1000;
      await load.finish();
      const calls = load.calls;
      assert.deepEqual(load.failures, [], 'calls failed');
      await load.audit();
      const rows = await readLog(instances.database);
      checkLog(rows);
      assert.equal(rows.length, load.ended.length, 'not every session that was ended has its event');
      for (const watcher of watchers) await auditWatcher(rows, watcher);
      const resumes = watchers.map(({ resumes: each }) => each);
      assert.ok(Math.min(...resumes) > 0, 'a watcher was never sent elsewhere');
      return {
        'rolling restarts': count,
        'calls a second': Math.round(calls / seconds),
        calls,
        'failed calls': 0,
        'slowest call (ms)': Math.round(load.slowestMs),
        watchers: size.watchers,
        'watches resumed': resumes.reduce((one, other) => one + other, 0),
        events: rows.length,
      };
    } finally {
      await Promise.allSettled([load.finish(), ...watchers.map((watcher) => watcher.end())]);
      for (const caller of callers) caller.close();
      await instances.close();
    }
  },
};

/** As an orchestrator does it: SIGTERM, wait for the end, start, wait until it is ready and its callers are back. */
async function restart(instance: Instance, load: SteadyLoad): Promise<void> {
  assert.equal(await instance.process.stop(), 0, `the service did not drain:\n${instance.process.output()}`);
  await instance.start();
  await until('the instance is ready', () => instance.isReady());
  await until(
    'its callers are back',
    async () => (await answered(instance)) > ANSWERED_AT_LEAST || load.failures.length > 0,
  );
}

async function answered({ baseUrl }: Instance): Promise<number> {
  const page = await (await fetch(`${baseUrl}/metrics`)).text();
  // Calls of any kind: callers that keep step with round_robin bring an instance always the same kinds.
  const counts = page.matchAll(/^threadkeep_rpc_calls_total\{[^}]*\} (\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAtMs = performance.now() + PATIENCE_MS;
  while (!(await isSo())) {
    assert.ok(performance.now() < giveUpAtMs, `it never came to be that ${what}`);
    await wait(50);
  }
}
