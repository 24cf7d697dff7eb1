import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { MapCache } from './map-cache.ts';
import { ANY_AGE, type Instance, Scene } from './scene.ts';

/** Longer than what waits to be put waits. */
const PUT_MS = 120;

let scene: Scene;
let cache: MapCache;
let here: Instance;

beforeEach(() => {
  scene = new Scene();
  cache = new MapCache();
  here = scene.join({ cache });
});

test('an append on another instance is one round trip: it finds what the first one left', async () => {
  const there = scene.join({ cache });
  await here.start('s');
  for (let round = 0; round < 6; round += 1) {
    await sleep(PUT_MS);
    scene.clock.advance(3000);
    scene.loads = 0;
    const instance = round % 2 === 0 ? there : here;
    expect(await instance.append(await instance.basis('s'))).toBe('committed');
    expect(scene.loads).toBe(0);
  }
});

test('what is known by both is the store’s after an append elsewhere', async () => {
  const there = scene.join({ cache });
  await here.start('s');
  await sleep(PUT_MS);
  await there.append(await there.basis('s'));
  const needs = { details: true, state: true, summaries: true, activity: true, newest: true, requestIds: ['digest-4'] };
  const { ageMs, ...kept } = await there.load('s', 2000, needs);
  const { newest, ...stored } = await there.load('s', 0, needs);
  expect([ageMs, kept]).toEqual([0, { ...stored, newest }]);
});

describe('a session is put', () => {
  test('once for many commits in a row, as the last one left it', async () => {
    await here.start('s');
    for (let round = 0; round < 20; round += 1) await here.append(await here.basis('s'));
    await sleep(PUT_MS);
    expect(cache.ttls.length).toBe(1);
    expect(await scene.join({ cache }).basis('s')).toMatchObject({ header: { rev: 21 } });
  });

  test('once for a revision, and again when its idle limit moved', async () => {
    await scene.join().start('s');
    for (let round = 0; round < 3; round += 1) {
      await here.load('s', 0);
      await sleep(PUT_MS);
    }
    expect(cache.ttls.length).toBe(1);
    await here.slide(await here.load('s', 0), 60_000);
    await sleep(PUT_MS);
    expect(cache.ttls.length).toBe(2);
  });

  test('not at all by those who read what was put, and changed nothing', async () => {
    await here.start('s');
    await sleep(PUT_MS);
    const there = scene.join({ cache });
    await there.basis('s');
    await there.load('s', 0);
    await sleep(PUT_MS);
    expect(cache.ttls.length).toBe(1);
  });

  test('until it goes dormant', async () => {
    await here.start('s');
    const { header } = await here.load('s', 0);
    await sleep(PUT_MS);
    expect(cache.ttls).toEqual([(header?.deadlines.dormantAt ?? 0) - scene.clock.wallAt()]);
  });

  test('never once it should be dormant', async () => {
    scene.clock.advance(24 * 3_600_000);
    await here.start('s');
    await sleep(PUT_MS);
    expect(cache.ttls).toEqual([]);
  });

  test('before the instance that has it goes', async () => {
    await here.start('s');
    await here.store.close();
    expect([cache.ttls.length, cache.isClosed]).toEqual([1, true]);
  });
});

test('ids and contents are in no key', async () => {
  await here.start('a-telling-name');
  await sleep(PUT_MS);
  const [key = ''] = cache.entries.keys();
  expect(key).toMatch(/^threadkeep:session:[\w-]{43}$/);
});

test('what cannot be read is a miss', async () => {
  await here.start('s');
  await sleep(PUT_MS);
  const [key = '', whole = new Uint8Array()] = [...cache.entries][0] ?? [];
  for (const damaged of [new Uint8Array(), whole.subarray(0, 8), whole.with(0, 99), whole.with(40, 0)]) {
    cache.entries.set(key, damaged);
    expect((await scene.join({ cache }).basis('s')).ageMs).toBeUndefined();
  }
});

test('a flushed cache and one with old entries cost round trips, and no more', async () => {
  await here.start('s');
  await sleep(PUT_MS);
  const old = new Map(cache.entries);
  const there = scene.join({ cache });
  await here.append(await here.basis('s'));
  await sleep(PUT_MS);
  for (const [key, bytes] of old) cache.entries.set(key, bytes);
  expect(await there.append(await there.basis('s'))).toBe('conflict');
  expect(await there.append(await there.basis('s', 0))).toBe('committed');
  cache.entries.clear();
  scene.loads = 0;
  const third = scene.join({ cache });
  expect(await third.append(await third.basis('s', ANY_AGE))).toBe('committed');
  expect(scene.loads).toBe(1);
});

test('where nobody else writes nothing is shared', async () => {
  const only = scene.join({ cache, isExclusive: true });
  await only.start('s');
  await only.basis('other');
  await sleep(PUT_MS);
  expect([cache.ttls.length, cache.reads, only.store.cacheFigures?.().length]).toEqual([0, 0, 1]);
});
