import { beforeEach, describe, expect, test } from 'vitest';
import { sampleHeader, sampleMessages } from '../../../src/contract/samples.ts';
import { changesWith } from '../../../src/model/basis.ts';
import { SessionError } from '../../../src/model/session-error.ts';
import { MapCache } from './map-cache.ts';
import { ANY_AGE, closeGate, type Instance, Scene, TENANT } from './scene.ts';

let scene: Scene;
let here: Instance;

beforeEach(async () => {
  scene = new Scene();
  here = scene.join();
  await here.start('s');
});

describe('an instance reads its own writes', () => {
  test('when a load that was sent before the commit is answered after it', async () => {
    const basis = await here.basis('s');
    const letGo = closeGate(scene);
    const early = here.load('s', 0);
    await new Promise(setImmediate);
    scene.gate = null;
    await here.append(basis);
    letGo();
    await early;
    expect((await here.load('s', ANY_AGE)).header?.rev).toBe(2);
  });

  test('when a load is answered between the commit and its answer', async () => {
    const basis = await here.basis('s');
    const letGo = closeGate(scene);
    const commit = here.append(basis);
    await new Promise(setImmediate);
    scene.gate = null;
    const seen = await here.load('s', 0, { requestIds: ['digest-4'], newest: true });
    letGo();
    await commit;
    expect(seen.header?.rev).toBe(2);
    const kept = await here.load('s', ANY_AGE, { requestIds: ['digest-4'], newest: true });
    expect(kept.newest?.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
    expect(kept.recorded).toEqual(seen.recorded);
  });

  test('and what it told of another’s later one, when that load was overtaken by its own commit', async () => {
    const there = scene.join();
    const basis = await here.basis('s');
    const answerCommit = closeGate(scene);
    const commit = here.append(basis);
    await new Promise(setImmediate);
    scene.gate = null;
    await there.append(await there.basis('s', 0));
    const answerLoad = closeGate(scene);
    const load = here.load('s', 0);
    await new Promise(setImmediate);
    answerCommit();
    await commit;
    answerLoad();
    expect((await load).header?.rev).toBe(3);
    expect((await here.load('s', 2000)).header?.rev).toBe(3);
  });

  test('when nobody knows what became of the commit', async () => {
    const basis = await here.basis('s');
    scene.outcome = 'unknown';
    await here.append(basis);
    scene.outcome = null;
    expect((await here.load('s', ANY_AGE)).header?.rev).toBe(2);
  });

  test('when the commit threw', async () => {
    const basis = await here.basis('s');
    scene.outcome = new SessionError('STORE_UNAVAILABLE', 'it is away');
    await expect(here.append(basis)).rejects.toThrow('it is away');
    scene.outcome = null;
    expect((await here.load('s', ANY_AGE)).header?.rev).toBe(2);
  });

  test('when its entry had to go and the shared cache has an older one', async () => {
    const cache = new MapCache();
    const small = scene.join({ cache, entriesMax: 1 });
    await small.load('s', 0);
    await new Promise((resolve) => setTimeout(resolve, 120));
    await small.append(await small.basis('s'));
    await small.start('other');
    const old = await small.load('s', ANY_AGE);
    expect([old.header?.rev, old.ageMs]).toEqual([1, ANY_AGE]);
    expect((await small.load('s', 2000)).header?.rev).toBe(2);
  });

  test('when a session was deleted, and started again under its id', async () => {
    const { header } = await here.load('s', 0);
    const basis = await here.load('s', 0);
    const next = { ...header!, rev: 2, isTombstone: true };
    await here.commit(basis, changesWith(next));
    expect((await here.load('s', ANY_AGE)).header?.isTombstone).toBe(true);
    await here.start('s', { uid: 'another', rev: 3, lastSequence: 3 });
    expect((await here.load('s', ANY_AGE)).header?.uid).toBe('another');
  });
});

/** Commits the start of a session, the answer of which is held back. */
async function startLate(): Promise<{ late: Promise<unknown>; letGo: () => void }> {
  const basis = await here.load('late', 0);
  const letGo = closeGate(scene);
  const header = sampleHeader({ tenant: TENANT, sessionId: 'late', lastSequence: 3 });
  const late = here.commit(basis, changesWith(header, { messages: sampleMessages(1, 3) }));
  await new Promise(setImmediate);
  scene.gate = null;
  return { late, letGo };
}

describe('a start that is answered late leaves', () => {
  test('what was read of its session meanwhile, and of what another made of it', async () => {
    const { late, letGo } = await startLate();
    const there = scene.join();
    await there.append(await there.basis('late', 0));
    expect((await here.load('late', 0)).header?.rev).toBe(2);
    letGo();
    await late;
    expect((await here.load('late', 2000)).header?.rev).toBe(2);
  });

  test('nothing where yet another life was read meanwhile', async () => {
    const { late, letGo } = await startLate();
    const there = scene.join();
    const basis = await there.load('late', 0);
    await there.commit(basis, changesWith({ ...basis.header!, rev: 2, isTombstone: true }));
    await there.start('late', { uid: 'another', rev: 3 });
    expect((await here.load('late', 0)).header?.uid).toBe('another');
    letGo();
    await late;
    expect((await here.load('late', 2000)).header?.uid).toBe('another');
  });
});

test('what is not there is asked for again each time', async () => {
  scene.loads = 0;
  for (let round = 0; round < 3; round += 1) expect((await here.load('nobody', ANY_AGE)).header).toBeNull();
  expect(scene.loads).toBe(3);
});

test('what was committed elsewhere under an absent id is found by the next load', async () => {
  const there = scene.join();
  expect((await here.load('later', ANY_AGE)).header).toBeNull();
  await there.start('later');
  expect((await here.load('later', ANY_AGE)).header?.rev).toBe(1);
});
