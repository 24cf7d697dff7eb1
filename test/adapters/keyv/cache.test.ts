import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { type OwnRedisServer, startRedisServer } from '../../support/servers/redis-server.ts';
import { requireServer } from '../../support/servers/server-missing.ts';
import { bytesOf, openCache, until } from './harness.ts';
import { sendRedis } from './redis-command-line.ts';

const HOUR_MS = 3_600_000;

let starting: Promise<OwnRedisServer> | undefined;
let redis: OwnRedisServer;

beforeEach(async (context) => {
  redis = await requireServer(context, () => {
    starting ??= startRedisServer();
    return starting;
  });
});

afterAll(() => redis?.stop());

describe('a cache in Redis', () => {
  test('gives back the bytes that were put, also to another process', async () => {
    const here = await reachable();
    const there = await reachable();
    await here.cache.put('bytes', bytesOf(1), HOUR_MS);
    expect(Buffer.from((await there.cache.get('bytes'))!)).toEqual(Buffer.from(bytesOf(1)));
    expect([here.metrics.counts, there.metrics.counts]).toEqual([{ 'put put': 1 }, { 'get hit': 1 }]);
  });

  test('misses what was never put, and what was put for a while that is over', async () => {
    const { cache, metrics } = await reachable();
    await cache.put('short', bytesOf(1), 30);
    await sleep(60);
    expect([await cache.get('never'), await cache.get('short')]).toEqual([null, null]);
    expect(metrics.counts).toEqual({ 'put put': 1, 'get miss': 2 });
  });

  test('keeps what was put last', async () => {
    const { cache } = await reachable();
    for (const seed of [1, 2, 3]) await cache.put('again', bytesOf(seed), HOUR_MS);
    expect(Buffer.from((await cache.get('again'))!)).toEqual(Buffer.from(bytesOf(3)));
  });

  test('misses everything after its close, which is idempotent', async () => {
    const { cache } = await reachable();
    await cache.put('closed', bytesOf(1), HOUR_MS);
    await Promise.all([cache.close(), cache.close()]);
    await cache.put('closed', bytesOf(2), HOUR_MS);
    expect([await cache.get('closed'), cache.isReachable()]).toEqual([null, false]);
  });
});

describe('when Redis', () => {
  test('was never there, calls miss at once and are counted, and it is used once it comes', async () => {
    await redis.kill();
    const { cache, metrics } = openCache(redis.url);
    const startedAtMs = performance.now();
    for (let round = 0; round < 100; round += 1) expect(await cache.get('key')).toBeNull();
    await cache.put('key', bytesOf(1), HOUR_MS);
    expect(performance.now() - startedAtMs).toBeLessThan(1000);
    expect(metrics.counts).toEqual({ 'get down': 100, 'put down': 1 });
    await redis.start();
    await until(() => cache.isReachable());
    await cache.put('key', bytesOf(1), HOUR_MS);
    expect(await cache.get('key')).not.toBeNull();
  });

  test('is killed, calls miss, and it is used again once it is back, empty', async () => {
    const { cache } = await reachable();
    await cache.put('key', bytesOf(1), HOUR_MS);
    await redis.kill();
    redis.clear();
    for (let round = 0; round < 100; round += 1) expect(await cache.get('key')).toBeNull();
    expect(cache.isReachable()).toBe(false);
    await redis.start();
    await until(() => cache.isReachable());
    expect(await cache.get('key')).toBeNull();
    await cache.put('key', bytesOf(2), HOUR_MS);
    expect(Buffer.from((await cache.get('key'))!)).toEqual(Buffer.from(bytesOf(2)));
  });

  test('is paused, few calls wait their time, the others miss at once, and it is used again after it goes on', async () => {
    const { cache, metrics } = await reachable(100);
    await cache.put('key', bytesOf(1), HOUR_MS);
    redis.pause();
    const answers = [];
    for (let round = 0; round < 200; round += 1) answers.push(await cache.get('key'));
    redis.resume();
    expect(new Set(answers)).toEqual(new Set([null]));
    const { 'get timeout': timeouts = 0, 'get refused': refused = 0 } = metrics.counts;
    expect(timeouts).toBeGreaterThanOrEqual(5);
    expect(timeouts).toBeLessThan(10);
    expect(refused).toBe(200 - timeouts);
    await until(async () => (await cache.get('key')) !== null);
  });

  test('is flushed, what was put is a miss and is put again', async () => {
    const { cache } = await reachable();
    await cache.put('key', bytesOf(1), HOUR_MS);
    await sendRedis(redis.port, 'FLUSHALL');
    expect(await cache.get('key')).toBeNull();
    await cache.put('key', bytesOf(2), HOUR_MS);
    expect(await cache.get('key')).not.toBeNull();
  });

  test('answers errors, calls miss and are counted', async () => {
    const { cache, metrics } = await reachable();
    await sendRedis(redis.port, 'DEL', 'list');
    await sendRedis(redis.port, 'LPUSH', 'list', 'a');
    expect(await cache.get('list')).toBeNull();
    expect(metrics.counts).toEqual({ 'get error': 1 });
  });
});

async function reachable(timeoutMs = 1000) {
  const opened = openCache(redis.url, timeoutMs);
  await until(() => opened.cache.isReachable());
  return opened;
}
