import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { Cache } from '../../../src/ports/cache.ts';
import { type OwnRedisServer, startRedisServer } from '../../support/servers/redis-server.ts';
import { requireServer } from '../../support/servers/server-missing.ts';
import { type Instance, Scene } from '../cached/scene.ts';
import { openCache, until } from './harness.ts';
import { sendRedis } from './redis-command-line.ts';

const SESSIONS = ['one', 'two', 'three'];
const ROUNDS = 8;
/** Longer than what waits to be put waits. */
const PUT_MS = 120;

let starting: Promise<OwnRedisServer> | undefined;
let redis: OwnRedisServer;

beforeEach(async (context) => {
  redis = await requireServer(context, () => {
    starting ??= startRedisServer();
    return starting;
  });
});

afterAll(async () => {
  await (await starting)?.stop();
});

/** What is done to Redis, and how it is made good again. */
const faults: Record<string, { begin(): Promise<void>; end(): Promise<void> }> = {
  killed: { begin: () => redis.kill(), end: () => redis.start() },
  paused: { begin: async () => redis.pause(), end: async () => redis.resume() },
  flushed: { begin: () => sendRedis(redis.port, 'FLUSHALL'), end: async () => {} },
  'restarted empty': { begin: () => redis.kill(), end: restartEmpty },
  'restarted with old data': { begin: () => redis.kill(), end: () => redis.start() },
};

describe.each(Object.keys(faults))('while Redis is %s', (name) => {
  test('three instances lose nothing, read nothing stale, and are not held up', async () => {
    const { begin, end } = faults[name]!;
    const scene = new Scene();
    const instances = await Promise.all(['a', 'b', 'c'].map(() => joinOver(scene)));
    for (const sessionId of SESSIONS) await instances[0]!.start(sessionId);
    await sleep(PUT_MS);
    await sendRedis(redis.port, 'SAVE');
    let appended = await appendEverywhere(instances);
    await begin();
    const startedAtMs = performance.now();
    appended += await appendEverywhere(instances);
    expect(performance.now() - startedAtMs).toBeLessThan(10_000);
    await assertNothingStale(scene, instances, appended);
    await end();
    appended += await appendEverywhere(instances);
    await sleep(PUT_MS);
    appended += await appendEverywhere(instances);
    await assertNothingStale(scene, instances, appended);
  });
});

async function restartEmpty(): Promise<void> {
  redis.clear();
  await redis.start();
}

async function joinOver(scene: Scene): Promise<Instance> {
  const cache: Cache = openCache(redis.url).cache;
  await until(() => cache.isReachable());
  return scene.join({ cache });
}

/** Appends to every session by every instance in turn; answers how many messages each session got. */
async function appendEverywhere(instances: readonly Instance[]): Promise<number> {
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const instance of instances) await Promise.all(SESSIONS.map((sessionId) => append(instance, sessionId)));
    if (round % 3 === 2) await sleep(PUT_MS);
  }
  return ROUNDS * instances.length;
}

/** As the service does: any basis first, and the store's after a conflict. */
async function append(instance: Instance, sessionId: string): Promise<void> {
  if ((await instance.append(await instance.basis(sessionId))) === 'committed') return;
  while ((await instance.append(await instance.basis(sessionId, 0))) !== 'committed');
}

async function assertNothingStale(scene: Scene, instances: readonly Instance[], appended: number): Promise<void> {
  const expected = Array.from({ length: 3 + appended }, (_, place) => place + 1);
  scene.clock.advance(2001);
  for (const instance of instances) {
    for (const sessionId of SESSIONS) {
      const { header } = await instance.load(sessionId, 2000);
      expect(header?.lastSequence).toBe(expected.length);
      const range = { afterSequence: 0, beforeSequence: 0, from: 'oldest', limit: 10_000 } as const;
      const messages = await instance.store.messages.read('acme', header?.uid ?? '', range);
      expect(messages.map(({ sequence }) => sequence)).toEqual(expected);
    }
  }
}
