import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { Health, HealthCheckResponse_ServingStatus as Status } from '../../gen/grpc/health/v1/health_pb.ts';
import { Role } from '../../gen/threadkeep/v1/message_pb.ts';
import { errorFacts, failureOf } from '../rpc/error-facts.ts';
import type { Proof } from '../support/proof.ts';
import type { Instance, Sessions } from './instances/instance.ts';
import { Instances } from './instances/instances.ts';
import { TokenWatcher } from './instances/token-watcher.ts';

const RETURN_WITHIN_MS = 5000;
/** A machine that runs other tests beside is slow to notice that a server is back. */
const RETURN_WITHIN_SHORT_MS = 30_000;
const PATIENCE_MS = 60_000;
const SHORT_DEADLINE_MS = 1000;
const DEADLINE_MS = 4000;

/** Takes MongoDB away at the start and later, and brings it back. */
export const proof: Proof = {
  claim:
    'while MongoDB is away calls are refused inside their deadlines, and all is served soon after its return, without a restart',
  counts: { short: 2, full: 20 },
  async run({ count, log }) {
    const returnWithinMs = count > 2 ? RETURN_WITHIN_MS : RETURN_WITHIN_SHORT_MS;
    const instances = await Instances.open({ count: 1, serveArguments: ['--log-level', 'error'] });
    const [instance] = instances.all as [Instance];
    const watcher = new TokenWatcher({ choose: () => instance.sessions, filter: {} });
    const slowest = { refusalMs: 0, returnMs: 0 };
    try {
      await instance.process.stop();
      await instances.mongo.kill();
      await instance.start();
      for (let outage = 0; outage < count; outage += 1) {
        if (outage > 0) await instances.mongo.kill();
        const refusalMs = await expectAway(instance, outage);
        await instances.mongo.start();
        const returnMs = await untilServed(instance, watcher, `after-outage-${outage}`);
        log(`outage ${outage}: refused within ${refusalMs} ms, served again after ${returnMs} ms`);
        assert.ok(returnMs < returnWithinMs, `full service came ${returnMs} ms after MongoDB`);
        slowest.refusalMs = Math.max(slowest.refusalMs, refusalMs);
        slowest.returnMs = Math.max(slowest.returnMs, returnMs);
      }
    } finally {
      await watcher.end().catch(() => {});
      await instances.close();
    }
    return {
      outages: count,
      'slowest refusal of a call with a deadline of 1 s (ms)': slowest.refusalMs,
      'slowest return to full service (ms)': slowest.returnMs,
    };
  },
};

/** Answers how long the slowest refusal of a call with the shortest deadline took. */
async function expectAway(instance: Instance, outage: number): Promise<number> {
  let slowestMs = 0;
  // Who calls while a loss is being noticed may need more than a second; from then on nobody waits for MongoDB.
  const deadlines = outage === 0 ? [SHORT_DEADLINE_MS, DEADLINE_MS] : [DEADLINE_MS, SHORT_DEADLINE_MS];
  for (const deadlineMs of deadlines) {
    const refusals = callsOf(instance.sessions, outage).map(async (call) => {
      const sentMs = performance.now();
      // The deadline is told to the service alone: who gives up is the service, or nobody.
      const failure = await failureOf(call({ headers: { 'grpc-timeout': `${deadlineMs}m` } }));
      assert.equal(failure.reason, 'STORE_UNAVAILABLE', `${failure.message}\n${instance.process.output()}`);
      assert.equal(failure.code, 'Unavailable');
      assert.ok((failure.retryAfterMs ?? 0) > 0, 'the refusal says nothing about when to try again');
      if (deadlineMs === SHORT_DEADLINE_MS) slowestMs = Math.max(slowestMs, performance.now() - sentMs);
    });
    await Promise.all(refusals);
  }
  await until('it says that it does not serve', async () => !(await instance.isReady()));
  assert.equal((await fetch(`${instance.baseUrl}/healthz`)).status, 200);
  assert.equal(await healthOf(instance), Status.NOT_SERVING);
  return Math.round(slowestMs);
}

type CallOptions = { headers: Record<string, string> };

/** Each of another session: calls of one session wait for each other. */
function callsOf(sessions: Sessions, outage: number): ((options: CallOptions) => Promise<unknown>)[] {
  const of = (name: string) => ({ sessionId: `${name}-${outage}` });
  const message = { role: Role.USER, parts: [{ content: { case: 'text' as const, value: 'hello' } }] };
  return [
    (options) => sessions.start(of('start'), options),
    (options) => sessions.get(of('get'), options),
    (options) => sessions.addMessage({ ...of('add'), message }, options),
    (options) => sessions.buildContext(of('build'), options),
    (options) => sessions.list({}, options),
  ];
}

/** Answers how long it takes until probes, writes, reads and watches work. */
async function untilServed(instance: Instance, watcher: TokenWatcher, sessionId: string): Promise<number> {
  const { sessions } = instance;
  const startedMs = performance.now();
  await until('it says that it serves', async () => (await healthOf(instance)) === Status.SERVING);
  assert.ok(await instance.isReady());
  await until('calls are served', () =>
    sessions.start({ sessionId, requestId: sessionId }).then(
      () => true,
      (error) => {
        assert.equal(errorFacts(error).reason, 'STORE_UNAVAILABLE');
        return false;
      },
    ),
  );
  const message = { role: Role.USER, parts: [{ content: { case: 'text' as const, value: 'hello' } }] };
  await sessions.addMessage({ sessionId, message });
  assert.equal((await sessions.buildContext({ sessionId })).messages.length, 1);
  await sessions.end({ sessionId });
  await until('a watch tells of the end', () => watcher.received.some((event) => event.sessionId === sessionId));
  return Math.round(performance.now() - startedMs);
}

async function healthOf({ baseUrl }: Instance): Promise<Status> {
  return (await createClient(Health, createGrpcTransport({ baseUrl })).check({})).status;
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAtMs = performance.now() + PATIENCE_MS;
  while (!(await isSo())) {
    assert.ok(performance.now() < giveUpAtMs, `it never came to be that ${what}`);
    await wait(50);
  }
}
