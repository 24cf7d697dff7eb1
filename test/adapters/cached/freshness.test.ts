import { beforeEach, describe, expect, test } from 'vitest';
import { MapCache } from './map-cache.ts';
import { ANY_AGE, closeGate, type Instance, Scene } from './scene.ts';

const FRESH_MS = 2000;

let scene: Scene;
let cache: MapCache;
let here: Instance;
let there: Instance;

beforeEach(async () => {
  scene = new Scene();
  cache = new MapCache();
  here = scene.join({ cache });
  there = scene.join({ cache });
  await there.start('s');
});

describe('what another instance wrote', () => {
  test('is seen at once where no age is allowed', async () => {
    await here.load('s', 0);
    await there.append(await there.basis('s'));
    expect((await here.load('s', 0)).header?.rev).toBe(2);
  });

  test('is seen once the entry is older than allowed', async () => {
    await here.load('s', 0);
    await there.append(await there.basis('s'));
    scene.clock.advance(FRESH_MS);
    expect(await here.load('s', FRESH_MS)).toMatchObject({ ageMs: FRESH_MS, header: { rev: 1 } });
    scene.clock.advance(1);
    expect((await here.load('s', FRESH_MS)).header?.rev).toBe(2);
  });

  test('is seen in time when the answer to a load was long under way: age counts from the sending', async () => {
    const letGo = closeGate(scene);
    const slow = here.load('s', 0);
    await new Promise(setImmediate);
    scene.gate = null;
    await there.append(await there.load('s', FRESH_MS));
    scene.clock.advance(1500);
    letGo();
    expect((await slow).header?.rev).toBe(1);
    scene.clock.advance(1000);
    expect((await here.load('s', FRESH_MS)).header?.rev).toBe(2);
  });

  test('is seen in time when an own commit was long under way: age counts from its sending', async () => {
    const basis = await here.basis('s');
    const letGo = closeGate(scene);
    const slow = here.append(basis);
    await new Promise(setImmediate);
    scene.gate = null;
    await there.append(await there.load('s', 0));
    scene.clock.advance(1500);
    letGo();
    expect(await slow).toBe('committed');
    scene.clock.advance(1000);
    expect((await here.load('s', FRESH_MS)).header?.rev).toBe(3);
  });

  test('is seen in time where an entry came from the shared cache: nobody can tell how old it is', async () => {
    await putAll();
    cache.isFrozen = true;
    await there.append(await there.basis('s'));
    expect(await here.basis('s')).toMatchObject({ ageMs: ANY_AGE, header: { rev: 1 } });
    expect((await here.load('s', FRESH_MS)).header?.rev).toBe(2);
  });

  test('slid deadlines are seen in time, also after an own slide', async () => {
    const stale = await here.load('s', 0);
    scene.clock.advance(1500);
    await there.slide(await there.load('s', 0), 60_000);
    await here.slide(stale, 20_000);
    scene.clock.advance(1000);
    const { header } = await here.load('s', FRESH_MS);
    expect(header?.deadlines.dormantAt).toBe((stale.header?.deadlines.dormantAt ?? 0) + 60_000);
  });

  test('makes an own commit a conflict, after which the store is asked', async () => {
    const stale = await here.basis('s');
    await there.append(await there.basis('s'));
    expect(await here.append(stale)).toBe('conflict');
    expect((await here.load('s', FRESH_MS)).header?.rev).toBe(2);
  });
});

test('where nobody else writes an entry never ages, and says so', async () => {
  const only = scene.join({ isExclusive: true });
  await only.start('mine');
  scene.clock.advance(3_600_000);
  scene.loads = 0;
  const basis = await only.load('mine', 1);
  expect([basis.ageMs, basis.header?.rev, scene.loads]).toEqual([undefined, 1, 0]);
});

/** Gives the puts that wait their time. */
async function putAll(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 120));
}
