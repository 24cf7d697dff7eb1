import { expect, test } from 'vitest';
import { DEFAULT_TERMS_POLICY, NEVER_MS } from '../../src/model/limits.ts';
import { end } from '../../src/operations/end.ts';
import { resume } from '../../src/operations/resume.ts';
import { start } from '../../src/operations/start.ts';
import { update } from '../../src/operations/update.ts';
import {
  HOUR_MS,
  openTestEngine,
  refusal,
  say,
  startInput,
  startSession,
  type TestEngine,
  withLimits,
} from '../support/test-engine.ts';

const KEY = { agentId: 'bot', channel: 'telegram', conversationKey: 'chat-7', userId: 'ada' };

function endSession({ engine, caller }: TestEngine, sessionId: string) {
  const base = { sessionId, requestId: '', expectedVersion: 0, outcome: null, errorMessage: '', qualityScore: 0 };
  return end(engine, caller, { ...base, metadataPatch: {} });
}

async function statusOf({ store }: TestEngine, sessionId: string) {
  return (await store.sessions.load('acme', sessionId, {})).header?.status;
}

test('start: the id it makes names the agent and the second', async () => {
  const { head } = await startSession(await openTestEngine(), { agentId: 'bot' });
  expect(head.sessionId).toMatch(/^bot_1768478400_[0-9a-z]{8}$/);
  expect(head).toMatchObject({ created: true, resumed: false, version: 1, generation: 1, lastSequence: 0 });
});

test('start: a session under a given id exists, unless it is asked to return', async () => {
  const world = await openTestEngine();
  await startSession(world, { sessionId: 's', title: 'first' });
  await expect(startSession(world, { sessionId: 's' })).rejects.toEqual(refusal('SESSION_EXISTS'));
  world.clock.advance(11 * HOUR_MS);
  const found = await startSession(world, { sessionId: 's', ifExists: 'RETURN', title: 'second' });
  expect(found).toMatchObject({ head: { created: false, status: 'DORMANT' }, session: { title: 'first' } });
  const resumed = await startSession(world, { sessionId: 's', ifExists: 'RESUME' });
  expect(resumed.head).toMatchObject({ created: false, resumed: true, status: 'ACTIVE' });
});

test('start: another user does not find the session under its id', async () => {
  const world = await openTestEngine();
  await startSession(world, { sessionId: 's', userId: 'ada' });
  const stranger = startSession(world, { sessionId: 's', userId: 'eve', ifExists: 'RETURN' });
  await expect(stranger).rejects.toEqual(refusal('SESSION_NOT_FOUND'));
});

test('start: RESTART under an id goes on with version and numbers, without the earlier messages and state', async () => {
  const world = await openTestEngine();
  await startSession(world, { sessionId: 's', state: { old: 1 } });
  await say(world, 's', 'USER', 'hello');
  await endSession(world, 's');
  const again = await startSession(world, { sessionId: 's', ifExists: 'RESTART', state: { fresh: 2 } });
  expect(again.head).toMatchObject({ created: true, version: 4, generation: 2, lastSequence: 1 });
  expect(again.session).toMatchObject({ state: { fresh: 2 }, counters: { messageCount: 0 } });
  expect((await say(world, 's', 'USER', 'again')).sequence).toBe(2);
});

test('start: a key finds its session, and racing Starts of one key make one', async () => {
  const world = await openTestEngine();
  const answers = await Promise.all(Array.from({ length: 12 }, () => startSession(world, KEY)));
  expect(new Set(answers.map(({ head }) => head.sessionId)).size).toBe(1);
  expect(answers.filter(({ head }) => head.created)).toHaveLength(1);
});

test('start: a key differs by each of its parts', async () => {
  const world = await openTestEngine();
  const parts = [{}, { agentId: 'other' }, { channel: 'web' }, { conversationKey: 'chat-8' }, { userId: 'eve' }];
  const answers = await Promise.all(parts.map((part) => startSession(world, { ...KEY, ...part })));
  expect(new Set(answers.map(({ head }) => head.sessionId)).size).toBe(parts.length);
});

test('start: under a key, what is over gives way to a session with another id', async () => {
  const world = await openTestEngine();
  const first = await startSession(world, KEY);
  await endSession(world, first.head.sessionId);
  const second = await startSession(world, KEY);
  expect(second.head).toMatchObject({ created: true, generation: 1 });
  world.clock.advance(21 * HOUR_MS);
  const third = await startSession(world, KEY);
  expect(new Set([first, second, third].map(({ head }) => head.sessionId)).size).toBe(3);
  expect(await statusOf(world, second.head.sessionId)).toBe('EXPIRED');
});

test('start: under a key, RESUME and RETURN meet the session that is over', async () => {
  const world = await openTestEngine();
  const { head } = await startSession(world, KEY);
  await endSession(world, head.sessionId);
  await expect(startSession(world, { ...KEY, ifExists: 'RESUME' })).rejects.toEqual(refusal('SESSION_ENDED'));
  const returned = await startSession(world, { ...KEY, ifExists: 'RETURN' });
  expect(returned.head).toMatchObject({ sessionId: head.sessionId, created: false, status: 'ENDED' });
});

test('start: under a key that many share but for the user, RESUME meets its own session that is over', async () => {
  const world = await openTestEngine();
  const { head } = await startSession(world, KEY);
  await endSession(world, head.sessionId);
  world.clock.advance(1000);
  for (let place = 0; place < 101; place += 1) await startSession(world, { ...KEY, userId: `user${place}` });
  await expect(startSession(world, { ...KEY, ifExists: 'RESUME' })).rejects.toEqual(refusal('SESSION_ENDED'));
});

test('start: FAIL under a key names the session that has it', async () => {
  const world = await openTestEngine();
  const { head } = await startSession(world, KEY);
  const failed = startSession(world, { ...KEY, ifExists: 'FAIL' });
  await expect(failed).rejects.toEqual(refusal('SESSION_EXISTS', { metadata: { session_id: head.sessionId } }));
});

test('start: the eleventh session of a user ends the least recently used one', async () => {
  const world = await openTestEngine();
  for (let place = 0; place < 10; place += 1) {
    await startSession(world, { sessionId: `s${place}`, userId: 'ada' });
    world.clock.advance(120_000);
  }
  await say(world, 's0', 'USER', 'still here');
  await startSession(world, { sessionId: 's10', userId: 'ada' });
  expect(await statusOf(world, 's0')).toBe('ACTIVE');
  expect(await statusOf(world, 's1')).toBe('ENDED');
  const rows = await world.store.events.read('acme', 0, 10);
  expect(rows.flatMap(({ events }) => events)).toMatchObject([{ kind: 'ENDED', reason: 'USER_SESSION_LIMIT' }]);
});

test('start: where the service refuses, the session above the limit is not made', async () => {
  const settings = withLimits({ sessionsPerUserMax: 1, sessionsPerUserPolicy: 'REFUSE' });
  const world = await openTestEngine({ settings });
  await startSession(world, { sessionId: 'first', userId: 'ada' });
  const second = startSession(world, { sessionId: 'second', userId: 'ada' });
  await expect(second).rejects.toEqual(refusal('USER_SESSION_LIMIT'));
  expect((await world.store.sessions.load('acme', 'second', {})).header?.isTombstone).toBe(true);
  expect(await statusOf(world, 'first')).toBe('ACTIVE');
  await startSession(world, { sessionId: 'third', userId: 'eve' });
});

test('user limit: racing Starts leave as many sessions as are allowed', async () => {
  const world = await openTestEngine({ settings: withLimits({ sessionsPerUserMax: 1 }) });
  const ids = ['a', 'b', 'c'];
  await Promise.all(ids.map((sessionId) => startSession(world, { sessionId, userId: 'ada' })));
  const statuses = await Promise.all(ids.map((sessionId) => statusOf(world, sessionId)));
  expect(statuses.toSorted()).toEqual(['ACTIVE', 'ENDED', 'ENDED']);
});

test('user limit: of racing Starts for the last place, one is not refused', async () => {
  const settings = withLimits({ sessionsPerUserMax: 1, sessionsPerUserPolicy: 'REFUSE' });
  const world = await openTestEngine({ settings });
  const racing = ['a', 'b', 'c'].map((sessionId) => startSession(world, { sessionId, userId: 'ada' }));
  const outcomes = await Promise.allSettled(racing);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('user limit: a repeated Start of a session that is over ends no other', async () => {
  const world = await openTestEngine({ settings: withLimits({ sessionsPerUserMax: 1 }) });
  const first = { sessionId: 'first', userId: 'ada', requestId: 'once' };
  await startSession(world, first);
  await endSession(world, 'first');
  await startSession(world, { sessionId: 'second', userId: 'ada' });
  expect((await startSession(world, first)).head).toMatchObject({ created: true, status: 'ENDED' });
  expect(await statusOf(world, 'second')).toBe('ACTIVE');
});

test('user limit: where the service refuses, a repeated Start answers again, whatever the user has by now', async () => {
  const settings = withLimits({ sessionsPerUserMax: 1, sessionsPerUserPolicy: 'REFUSE' });
  const world = await openTestEngine({ settings });
  const first = { sessionId: 'first', userId: 'ada', requestId: 'once' };
  await startSession(world, first);
  const lenient = await openTestEngine({ store: world.store, clock: world.clock, seed: 2 });
  await startSession(lenient, { sessionId: 'second', userId: 'ada' });
  expect((await startSession(world, first)).head).toMatchObject({ created: true, status: 'ACTIVE' });
  expect(await statusOf(world, 'first')).toBe('ACTIVE');
});

test('user limit: a session whose TTL has passed does not count, swept or not', async () => {
  const world = await openTestEngine({ settings: withLimits({ sessionsPerUserMax: 2 }) });
  await startSession(world, { sessionId: 'short', userId: 'ada', ttlMs: 60_000 });
  await startSession(world, { sessionId: 'long', userId: 'ada' });
  world.clock.advance(120_000);
  await startSession(world, { sessionId: 'new', userId: 'ada' });
  expect(await statusOf(world, 'long')).toBe('ACTIVE');
});

test('user limit: it holds for a session that gets its user later, and for one that is reopened', async () => {
  const settings = withLimits({ sessionsPerUserMax: 1 });
  const world = await openTestEngine({ settings });
  await startSession(world, { sessionId: 'first', userId: 'ada' });
  await startSession(world, { sessionId: 'second' });
  const session = { title: '', labels: {}, qualityScore: 0, model: '', tokenLimit: 0, neverExpires: false };
  const patches = { statePatch: {}, stateRemove: [], metadataPatch: {}, metadataRemove: [] };
  const base = { sessionId: 'second', requestId: '', expectedVersion: 0, ...patches };
  await update(world.engine, world.caller, {
    ...base,
    session: { ...session, userId: 'ada' },
    updateMask: ['user_id'],
  });
  expect(await statusOf(world, 'first')).toBe('ENDED');
  const reopened = { sessionId: 'first', requestId: '', expectedVersion: 0, statePatch: {}, metadataPatch: {} };
  const whose = { userId: '', agentId: '', historyLimit: 0 };
  await resume(world.engine, world.caller, { ...reopened, ...whose, reopen: true });
  expect([await statusOf(world, 'first'), await statusOf(world, 'second')]).toEqual(['ACTIVE', 'ENDED']);
});

test.each([
  [{ sessionId: 'a b' }, 'session_id'],
  [{ sessionId: 'a/b' }, 'session_id'],
  [{ sessionId: 'x'.repeat(257) }, 'session_id'],
  [{ agentId: 'é' }, 'agent_id'],
  [{ userId: 'a\u0000b' }, 'user_id'],
  [{ channel: 'x'.repeat(257) }, 'channel'],
  [{ requestId: 'x'.repeat(129) }, 'request_id'],
  [{ title: 'x'.repeat(257) }, 'title'],
  [{ state: { 'user:name': 1 } }, 'state'],
  [{ metadata: { nan: Number.NaN } }, 'metadata'],
  [{ ttlMs: -1 }, 'ttl'],
  [{ ttlMs: 1000, dormantAfterMs: 2000 }, 'dormant_after'],
  [{ neverExpires: true, ttlMs: 1000 }, 'never_expires'],
])('start: %j is INVALID_FIELD', async (fields, field) => {
  const { engine, caller } = await openTestEngine();
  await expect(start(engine, caller, startInput(fields))).rejects.toEqual(refusal('INVALID_FIELD', { field }));
});

test.each([
  [{ state: { long: 'x'.repeat(33_000) } }, 'state'],
  [{ metadata: { long: 'x'.repeat(33_000) } }, 'metadata'],
  [{ labels: { ['k'.repeat(65)]: '' } }, 'labels'],
  [{ labels: Object.fromEntries(Array.from({ length: 33 }, (_, place) => [`k${place}`, ''])) }, 'labels'],
])('start: more than fits is LIMIT_EXCEEDED', async (fields, field) => {
  const { engine, caller } = await openTestEngine();
  await expect(start(engine, caller, startInput(fields))).rejects.toEqual(refusal('LIMIT_EXCEEDED', { field }));
});

test('under a server whose ttl is never, a session that asks for nothing has no expire_time', async () => {
  const world = await openTestEngine({ settings: { terms: { ...DEFAULT_TERMS_POLICY, ttlMs: NEVER_MS } } });
  expect((await startSession(world)).session).toMatchObject({ neverExpires: true, expireAt: null });
  expect((await startSession(world, { ttlMs: HOUR_MS })).session.neverExpires).toBe(false);
});
