import { expect, test, vi } from 'vitest';
import { DriverDocuments } from '../../../../src/adapters/mongodb/driver/driver-documents.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { openCachedMongoAt } from '../../../support/open-cached-mongo.ts';
import type { Skippable } from '../../../support/require.ts';
import { openTestEngine, say, startSession, type TestEngine } from '../../../support/test-engine.ts';
import { Instances } from '../instances.ts';

const SESSIONS = Array.from({ length: 24 }, (_, place) => `s${place}`);

test('appends to many sessions share commands, and each session has all of its own', async (context) => {
  await using world = await openWorld(context);
  const [one] = world.engines as [TestEngine, TestEngine];
  const updateEach = vi.spyOn(DriverDocuments.prototype, 'updateEach');
  for (let turn = 1; turn <= 3; turn++) {
    expect(await appendToAll(one)).toEqual(SESSIONS.map(() => turn));
  }
  const shared = updateEach.mock.calls.map(([{ length }]) => length);
  expect(shared.length).toBeLessThan(10);
  expect(shared.reduce((sum, length) => sum + length, 0)).toBeGreaterThan(60);
  updateEach.mockRestore();
});

test('where another instance was faster at some of the sessions, every append is made once all the same', async (context) => {
  await using world = await openWorld(context);
  const [one, other] = world.engines as [TestEngine, TestEngine];
  await appendToAll(one);
  for (const sessionId of ['s3', 's17']) await say(other, sessionId, 'USER', 'from elsewhere');
  const appended = await appendToAll(one);
  expect(appended).toEqual(SESSIONS.map((sessionId) => (sessionId === 's3' || sessionId === 's17' ? 3 : 2)));
  for (const { lastSequence, moved, tail } of await world.documents()) {
    expect(tail.map(({ n }) => n)).toEqual(
      Array.from({ length: lastSequence - moved }, (_, place) => moved + place + 1),
    );
  }
});

test('both instances append to all sessions at the same time: none is lost or doubled', async (context) => {
  await using world = await openWorld(context);
  const turns = 4;
  const appended = await Promise.all(
    world.engines.map(async (engine) => {
      const sequences: number[][] = [];
      for (let turn = 0; turn < turns; turn++) sequences.push(await appendToAll(engine));
      return sequences;
    }),
  );
  for (const place of SESSIONS.keys()) {
    const sequences = appended.flatMap((ofEngine) => ofEngine.map((turn) => turn[place]));
    expect(sequences.sort((a, b) => a! - b!)).toEqual(Array.from({ length: 2 * turns }, (_, index) => index + 1));
  }
});

function appendToAll(engine: TestEngine): Promise<number[]> {
  return Promise.all(SESSIONS.map(async (sessionId) => (await say(engine, sessionId, 'USER', 'hello')).sequence));
}

/** Two instances of the engine, each with a cache of its own, that know all sessions. */
async function openWorld(context: Skippable) {
  const instances = await Instances.open(context);
  const clock = new ManualClock();
  const stores = [await openCachedMongoAt(instances.url, clock), await openCachedMongoAt(instances.url, clock)];
  const engines = await Promise.all(stores.map((store, place) => openTestEngine({ store, clock, seed: place + 1 })));
  const [first] = engines as [TestEngine];
  for (const sessionId of SESSIONS) await startSession(first, { sessionId });
  return {
    engines,
    documents: async () => {
      const found = await instances.db.collection('sessions').find().toArray();
      return found.map(({ seq, moved, tail }) => ({ lastSequence: seq, moved, tail: tail as { n: number }[] }));
    },
    async [Symbol.asyncDispose]() {
      for (const { engine } of engines) await engine.close();
      for (const store of stores) await store.close();
      await instances[Symbol.asyncDispose]();
    },
  };
}
