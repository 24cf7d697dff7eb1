import { expect, test } from 'vitest';
import { openMemoryStore } from '../../src/adapters/memory/store.ts';
import { end } from '../../src/operations/end.ts';
import { openAgingCache } from '../support/aging-cache.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { openTestEngine, refusal, startSession } from '../support/test-engine.ts';
import { asShared } from '../support/wrapped-store.ts';

const KEY = { agentId: 'bot', channel: 'telegram', conversationKey: 'chat-7' };

async function openCounted() {
  const clock = new ManualClock();
  const inner = asShared(openMemoryStore({ clock }));
  const { store, calls } = openAgingCache(inner, clock);
  const world = await openTestEngine({ clock, store });
  const other = await openTestEngine({ clock, store: inner, seed: 2 });
  return { world, other, calls };
}

test.each([
  ['an id of the server', {}, ['committed']],
  ["the caller's id", { sessionId: 's' }, ['committed']],
  ['a request id', { requestId: 'once' }, ['committed']],
  ['a key', KEY, ['committed']],
  ['a user', { userId: 'ada' }, ['committed', 'list']],
  ['a key and a request id', { ...KEY, requestId: 'once' }, ['committed']],
])('start: a session under %s is made without a look', async (_, fields, expected) => {
  const { world, calls } = await openCounted();
  expect((await startSession(world, fields)).head.created).toBe(true);
  expect(calls).toEqual(expected);
});

test('start: an id that is there is found by the commit, and refused', async () => {
  const { world, other, calls } = await openCounted();
  await startSession(other, { sessionId: 's' });
  await expect(startSession(world, { sessionId: 's' })).rejects.toEqual(refusal('SESSION_EXISTS'));
  expect(calls).toEqual(['conflict', 'load']);
});

test('start: a request id that made a session on another instance answers it, under whatever id', async () => {
  const { world, other } = await openCounted();
  const first = await startSession(other, { requestId: 'once' });
  const again = await startSession(world, { requestId: 'once' });
  expect(again.head).toMatchObject({ sessionId: first.head.sessionId, created: true });
  const named = startSession(world, { requestId: 'once', sessionId: 'mine' });
  await expect(named).rejects.toEqual(refusal('REQUEST_ID_REUSED'));
});

test('start: a key that has a session on another instance finds it, and is looked up from then on', async () => {
  const { world, other, calls } = await openCounted();
  const first = await startSession(other, KEY);
  expect((await startSession(world, KEY)).head).toMatchObject({ sessionId: first.head.sessionId, created: false });
  calls.length = 0;
  await startSession(world, KEY);
  expect(calls).toEqual(['findClaim', 'load']);
});

test('start: a request id that found a session by its key, ended since, answers it on another instance', async () => {
  const { world, other } = await openCounted();
  const { head } = await startSession(other, KEY);
  await startSession(other, { ...KEY, requestId: 'once' });
  const input = { sessionId: head.sessionId, requestId: '', expectedVersion: 0, outcome: null, errorMessage: '' };
  await end(other.engine, other.caller, { ...input, qualityScore: 0, metadataPatch: {} });
  const again = await startSession(world, { ...KEY, requestId: 'once' });
  expect(again.head).toMatchObject({ sessionId: head.sessionId, created: false, status: 'ENDED' });
});
