import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { Health, HealthCheckResponse_ServingStatus as Status } from '../../gen/grpc/health/v1/health_pb.ts';
import { Role } from '../../gen/threadkeep/v1/message_pb.ts';
import { failureOf } from '../rpc/error-facts.ts';
import type { Proof } from '../support/proof.ts';
import type { Instance, Sessions } from './instances/instance.ts';
import { Instances } from './instances/instances.ts';
import { TokenWatcher } from './instances/token-watcher.ts';

const RETURN_WITHIN_MS = 5000;
const PATIENCE_MS = 60_000;
/** Of the calls that follow one another in an outage: the first come while nobody has noticed it yet. */
const DEADLINES_MS = [1000, 300, 4000];

/** Takes MongoDB away at the start and later, by its death and by a network that swallows all, and brings it back. */
export const proof: Proof = {
  claim:
    'while MongoDB is away calls are refused inside their deadlines, and all is served soon after its return, without a restart',
  counts: { short: 3, full: 21 },
  async run({ count, log }) {
    const instances = await Instances.open({ count: 1, serveArguments: ['--log-level', 'error'] });
    const [instance] = instances.all as [Instance];
    const watcher = new TokenWatcher({ choose: () => instance.sessions, filter: {} });
    const slowest = { refusalMs: 0, returnMs: 0 };
    try {
      for (let outage = 0; outage < count; outage += 1) {
        const { name, begin } = outage === 0 ? AT_START : LATER[outage % LATER.length]!;
        const end = await begin(instances, instance);
        const refusalMs = await expectAway(instance, outage);
        await end();
        const returnMs = await untilServed(instance, watcher, `after-outage-${outage}`);
        log(`outage ${outage}, ${name}: refused within ${refusalMs} ms, served again after ${returnMs} ms`);
        assert.ok(returnMs < RETURN_WITHIN_MS, `full service came ${returnMs} ms after MongoDB`);
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

/** Outage takes MongoDB away from an instance, and resolves with what brings it back. */
interface Outage {
  name: string;
  begin(instances: Instances, instance: Instance): Promise<() => Promise<void>>;
}

const AT_START: Outage = {
  name: 'not there at the start',
  async begin({ mongo }, instance) {
    await instance.process.stop();
    await mongo.kill();
    await instance.start();
    return () => mongo.start();
  },
};

const LATER: readonly Outage[] = [
  {
    name: 'behind a network that swallows everything',
    async begin(_, { toMongo }) {
      toMongo.blackHole();
      return async () => toMongo.join();
    },
  },
  {
    name: 'killed',
    async begin({ mongo }) {
      await mongo.kill();
      return () => mongo.start();
    },
  },
];

/** Answers how long the slowest refusal of a call with a deadline of 1 s took. */
async function expectAway(instance: Instance, outage: number): Promise<number> {
  const tookMs: number[] = [];
  for (const deadlineMs of DEADLINES_MS) {
    const refusals = callsOf(instance.sessions, `${outage}-${deadlineMs}`).map(async (call) => {
      const sentMs = performance.now();
      // The deadline is told to the service alone: who gives up is the service, or nobody.
      const failure = await failureOf(call({ headers: { 'grpc-timeout': `${deadlineMs}m` } }));
      const elapsedMs = performance.now() - sentMs;
      assert.equal(failure.reason, 'STORE_UNAVAILABLE', `${failure.message}\n${instance.process.output()}`);
      assert.equal(failure.code, 'Unavailable');
      assert.ok((failure.retryAfterMs ?? 0) > 0, 'the refusal says nothing about when to try again');
      if (deadlineMs === DEADLINES_MS[0]) tookMs.push(elapsedMs);
    });
    await Promise.all(refusals);
  }
  await until('it says that it does not serve', async () => !(await instance.isReady()));
  assert.equal((await fetch(`${instance.baseUrl}/healthz`)).status, 200);
  assert.equal(await healthOf(instance), Status.NOT_SERVING);
  return Math.round(Math.max(...tookMs));
}

type CallOptions = { headers: Record<string, string> };

/** Each of another session: calls of one session wait for each other. */
function callsOf(sessions: Sessions, suffix: string): ((options: CallOptions) => Promise<unknown>)[] {
  const of = (name: string) => ({ sessionId: `${name}-${suffix}` });
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
  // Nobody is told that it serves while calls are refused.
  await sessions.start({ sessionId, requestId: sessionId });
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
