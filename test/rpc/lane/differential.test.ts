import { afterAll, beforeAll, expect, test } from 'vitest';
import { Health } from '../../../gen/grpc/health/v1/health_pb.ts';
import { AdminService } from '../../../gen/threadkeep/v1/admin_service_pb.ts';
import { SessionService } from '../../../gen/threadkeep/v1/session_service_pb.ts';
import { openMemoryStore } from '../../../src/adapters/memory/store.ts';
import { DEFAULT_ENGINE_SETTINGS } from '../../../src/operations/engine/engine-settings.ts';
import type { Scope } from '../../../src/rpc/authenticate.ts';
import { openTestService, type StoreKind, type TestService } from '../../conformance/open-test-service.ts';
import { Exchanges, type HandmadeRequest } from './exchange.ts';
import { randomRequest, randomWatch } from './random-request.ts';

const REQUESTS = Number(process.env.THREADKEEP_LANE_REQUESTS ?? 400);
const WATCHES = REQUESTS / 4;
const seed = Number(process.env.THREADKEEP_LANE_SEED ?? Math.floor(Math.random() * 2 ** 31));

const services = [SessionService, AdminService, Health];
const everyScope: Scope[] = ['read', 'write', 'watch', 'admin', 'operator'];
const apiKeys = [
  { key: 'key-of-acme', tenant: 'acme', scopes: everyScope },
  { key: 'key-to-read', tenant: 'acme', scopes: ['read'] as Scope[] },
];
const keys = ['key-of-acme', 'key-of-acme', 'key-of-acme', 'key-to-read'];

/** Stores whose tokens are alike. */
const store: StoreKind = {
  name: 'memory with a known secret',
  async open(clock) {
    const secrets = { storeId: 'the-store', tokenSecret: Buffer.alloc(32, 1) };
    return { store: { ...openMemoryStore({ clock }), ...secrets }, remove() {} };
  },
};

let sides: { service: TestService; exchanges: Exchanges }[];
beforeAll(async () => {
  sides = await Promise.all(
    (['on', 'off'] as const).map(async (lane) => {
      const limits = { ...DEFAULT_ENGINE_SETTINGS.limits, requestBytesMax: 20_000 };
      const server = { apiKeys, lane, corsOrigins: ['https://app.example.com'] };
      const service = await openTestService({ store, settings: { limits }, server });
      return { service, exchanges: new Exchanges(service.url) };
    }),
  );
});
afterAll(async () => {
  for (const { service, exchanges } of sides) {
    exchanges.close();
    await service.close();
  }
});

test(`lane and transport library answer ${REQUESTS} random calls alike, with seed ${seed}`, async () => {
  const dice = diceOf(seed);
  for (let round = 0; round < REQUESTS; round += 1) {
    await expectAlike(round, randomRequest(dice, services, keys));
    if (round % 10 === 0) for (const { service } of sides) await service.elapse(1000);
  }
}, 120_000);

test(`they answer ${WATCHES} random streams alike`, async () => {
  const dice = diceOf(seed);
  for (let round = 0; round < WATCHES; round += 1) await expectAlike(round, randomWatch(dice, services, keys));
}, 120_000);

test('both log and count every call alike', () => {
  const [ours, theirs] = sides.map(({ service: { logger, metrics } }) => ({
    lines: logger.lines.map(({ level, line, facts }) => ({ level, line, ...facts, durationMs: 0, error: null })),
    counts: metrics.counts.filter(({ name }) => name.startsWith('threadkeep_rpc')),
  }));
  expect(ours).toEqual(theirs);
});

async function expectAlike(round: number, request: HandmadeRequest): Promise<void> {
  const [ours, theirs] = await Promise.all(sides.map(({ exchanges }) => exchanges.send(request)));
  expect(ours, `call ${round}: ${describeRequest(request)}`).toEqual(theirs);
}

/** Numbers from 0 to 1 by a linear congruence. */
function diceOf(start: number): () => number {
  let state = start;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function describeRequest({ body, ...rest }: HandmadeRequest): string {
  return `${JSON.stringify(rest)} ${Buffer.from(body).subarray(0, 200).toString('base64')}`;
}
