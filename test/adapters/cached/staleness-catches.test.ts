import { afterEach, expect, test, vi } from 'vitest';
import type { Entry } from '../../../src/adapters/cached/entry.ts';
import { Flights } from '../../../src/adapters/cached/flights.ts';
import { SharedEntries } from '../../../src/adapters/cached/shared-entries.ts';
import { MapCache } from './map-cache.ts';
import { closeGate, Scene } from './scene.ts';

const FRESH_MS = 2000;

afterEach(() => {
  vi.restoreAllMocks();
});

// Each scene shows what a read may answer, then takes the protection away and shows that the scene notices.

test('an answer that was long under way is stale where age counts from its arrival', async () => {
  expect(await revAfterSlowLoad(new Scene())).toBe(2);
  const scene = new Scene();
  countFromArrival(scene);
  expect(await revAfterSlowLoad(scene)).toBe(1);
});

test('a commit that was long under way is stale where age counts from its answer', async () => {
  expect(await revAfterSlowCommit(new Scene())).toBe(3);
  const scene = new Scene();
  countFromArrival(scene);
  expect(await revAfterSlowCommit(scene)).toBe(2);
});

test('a shared entry is stale where it counts as fresh from when it was found', async () => {
  expect(await revAfterLatePut(new Scene())).toBe(2);
  const scene = new Scene();
  const { find } = SharedEntries.prototype;
  vi.spyOn(SharedEntries.prototype, 'find').mockImplementation(async function (this: SharedEntries, ...session) {
    const entry: Entry | null = await find.apply(this, session);
    return entry === null ? null : { ...entry, sentAtMs: scene.clock.monotonicMs() };
  });
  expect(await revAfterLatePut(scene)).toBe(1);
});

test('a load from before an own commit hides it where nothing is overtaken', async () => {
  expect(await revAfterOwnCommit(new Scene())).toBe(2);
  vi.spyOn(Flights.prototype, 'overtake').mockImplementation(() => {});
  expect(await revAfterOwnCommit(new Scene())).toBe(1);
});

async function revAfterSlowLoad(scene: Scene): Promise<number | undefined> {
  const [here, there] = [scene.join(), scene.join()];
  await there.start('s');
  const letGo = closeGate(scene);
  const slow = here.load('s', 0);
  await new Promise(setImmediate);
  scene.gate = null;
  await there.append(await there.basis('s'));
  scene.clock.advance(1500);
  letGo();
  await slow;
  scene.clock.advance(1000);
  return (await here.load('s', FRESH_MS)).header?.rev;
}

async function revAfterSlowCommit(scene: Scene): Promise<number | undefined> {
  const [here, there] = [scene.join(), scene.join()];
  await here.start('s');
  const letGo = closeGate(scene);
  const slow = here.append(await here.basis('s'));
  await new Promise(setImmediate);
  scene.gate = null;
  await there.append(await there.load('s', 0));
  scene.clock.advance(1500);
  letGo();
  await slow;
  scene.clock.advance(1000);
  return (await here.load('s', FRESH_MS)).header?.rev;
}

async function revAfterLatePut(scene: Scene): Promise<number | undefined> {
  const cache = new MapCache();
  const [here, there] = [scene.join({ cache }), scene.join({ cache })];
  await there.start('s');
  await new Promise((resolve) => setTimeout(resolve, 120));
  cache.isFrozen = true;
  await there.append(await there.basis('s'));
  scene.clock.advance(10_000);
  await here.basis('s');
  return (await here.load('s', FRESH_MS)).header?.rev;
}

async function revAfterOwnCommit(scene: Scene): Promise<number | undefined> {
  const here = scene.join({ entriesMax: 1 });
  await here.start('s');
  const basis = await here.basis('s');
  const letGo = closeGate(scene);
  const early = here.load('s', 0);
  await new Promise(setImmediate);
  scene.gate = null;
  await here.append(basis);
  await here.start('other');
  letGo();
  await early;
  return (await here.load('s', FRESH_MS)).header?.rev;
}

/** Lets every flight say that it was sent when it is asked. */
function countFromArrival(scene: Scene): void {
  const { open } = Flights.prototype;
  vi.spyOn(Flights.prototype, 'open').mockImplementation(function (this: Flights, key) {
    const flight = open.call(this, key, 0);
    return Object.defineProperty(flight, 'sentAtMs', { get: () => scene.clock.monotonicMs() });
  });
}
