import { expect, test } from 'vitest';
import { end } from '../../src/operations/end.ts';
import { HOUR_MS, openTestEngine, refusal, startSession, type TestEngine } from '../support/test-engine.ts';

const KEY = { agentId: 'bot', channel: 'telegram', conversationKey: 'chat-7', userId: 'ada' };

function endSession({ engine, caller }: TestEngine, sessionId: string) {
  const base = { sessionId, requestId: '', expectedVersion: 0, outcome: null, errorMessage: '', qualityScore: 0 };
  return end(engine, caller, { ...base, metadataPatch: {} });
}

test('start: the same request id answers the first session, as long as it exists', async () => {
  const world = await openTestEngine();
  const first = await startSession(world, { requestId: 'once', title: 'mine' });
  world.clock.advance(3 * HOUR_MS);
  const again = await startSession(world, { requestId: 'once', title: 'mine' });
  expect(again.head).toMatchObject({ sessionId: first.head.sessionId, created: true, version: 1 });
  const other = startSession(world, { requestId: 'once', title: 'another' });
  await expect(other).rejects.toEqual(refusal('REQUEST_ID_REUSED'));
});

test('start: racing Starts with one request id make one session', async () => {
  const world = await openTestEngine();
  const answers = await Promise.all(Array.from({ length: 8 }, () => startSession(world, { requestId: 'once' })));
  expect(new Set(answers.map(({ head }) => head.sessionId)).size).toBe(1);
});

test('start: under a key, a repeated request id answers the session that it found, ended since or not', async () => {
  const world = await openTestEngine();
  const { head } = await startSession(world, KEY);
  await startSession(world, { ...KEY, requestId: 'once' });
  await endSession(world, head.sessionId);
  const again = await startSession(world, { ...KEY, requestId: 'once' });
  expect(again.head).toMatchObject({ sessionId: head.sessionId, created: false, version: 1, status: 'ENDED' });
  expect((await startSession(world, { ...KEY, requestId: 'another' })).head.created).toBe(true);
});

test('start: a repeated request id answers the session that it made, started over since under its id', async () => {
  const world = await openTestEngine();
  const { head } = await startSession(world, { requestId: 'once' });
  world.clock.advance(21 * HOUR_MS);
  const over = { sessionId: head.sessionId, ifExists: 'RESTART', requestId: 'twice' } as const;
  expect((await startSession(world, over)).head).toMatchObject({ created: true, generation: 2 });
  const again = await startSession(world, { requestId: 'once' });
  const first = { sessionId: head.sessionId, created: true, version: 1, generation: 2, status: 'ACTIVE' };
  expect(again.head).toMatchObject(first);
});

test.each(['RETURN', 'RESUME', 'RESTART'] as const)(
  'start: under a key, a request id whose %s found a session answers it when another has the key',
  async (ifExists) => {
    const world = await openTestEngine();
    const { head } = await startSession(world, KEY);
    await startSession(world, { ...KEY, ifExists, requestId: 'once' });
    await endSession(world, head.sessionId);
    const next = await startSession(world, KEY);
    world.clock.advance(HOUR_MS);
    const again = await startSession(world, { ...KEY, ifExists, requestId: 'once' });
    expect(again.head).toMatchObject({ sessionId: head.sessionId, created: false, version: 1, status: 'ENDED' });
    const another = await openTestEngine({ store: world.store, clock: world.clock, seed: 2 });
    const elsewhere = await startSession(another, { ...KEY, ifExists, requestId: 'once' });
    expect(elsewhere.head.sessionId).toBe(head.sessionId);
    expect((await startSession(world, KEY)).head.sessionId).toBe(next.head.sessionId);
  },
);

test('start: racing Starts with one request id find one session under a key, and leave the request id to it', async () => {
  const world = await openTestEngine();
  const { head } = await startSession(world, KEY);
  const racing = Array.from({ length: 8 }, () => startSession(world, { ...KEY, requestId: 'once' }));
  expect(new Set((await Promise.all(racing)).map((answer) => answer.head.sessionId))).toEqual(
    new Set([head.sessionId]),
  );
});
