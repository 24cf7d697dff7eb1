import { expect, test } from 'vitest';
import { deleteSession } from '../../src/operations/delete.ts';
import { end } from '../../src/operations/end.ts';
import { get } from '../../src/operations/get.ts';
import { resume } from '../../src/operations/resume.ts';
import { touch } from '../../src/operations/touch.ts';
import {
  HOUR_MS,
  openTestEngine,
  refusal,
  say,
  startSession,
  type TestEngine,
  textsOf,
} from '../support/test-engine.ts';

const MINUTE_MS = 60_000;

function resumeInput(sessionId: string, fields: Partial<Parameters<typeof resume>[2]> = {}) {
  const base = { sessionId, requestId: '', expectedVersion: 0, statePatch: {}, metadataPatch: {} };
  return { ...base, userId: '', agentId: '', reopen: false, historyLimit: 0, ...fields };
}

function endInput(sessionId: string, fields: Partial<Parameters<typeof end>[2]> = {}) {
  const base = { sessionId, requestId: '', expectedVersion: 0, outcome: null, errorMessage: '', qualityScore: 0 };
  return { ...base, metadataPatch: {}, ...fields };
}

const peek = ({ engine, caller }: TestEngine, sessionId: string) =>
  get(engine, caller, { sessionId, minVersion: 0, peek: true, historyLimit: 0 });

test('get: an access slides the deadlines, a peek does not', async () => {
  const world = await openTestEngine();
  const { session } = await startSession(world, { sessionId: 's' });
  world.clock.advance(HOUR_MS);
  const peeked = await peek(world, 's');
  expect(peeked.head.dormantAt).toBe(session.dormantAt);
  const read = await get(world.engine, world.caller, { sessionId: 's', minVersion: 0, peek: false, historyLimit: 0 });
  expect(read.head.dormantAt).toBe((session.dormantAt ?? 0) + HOUR_MS);
  expect(read.head.version).toBe(1);
});

test('get: an access to a DORMANT session revives it and says so', async () => {
  const world = await openTestEngine();
  const started = await startSession(world, { sessionId: 's' });
  world.clock.advance(11 * HOUR_MS);
  expect((await peek(world, 's')).head.status).toBe('DORMANT');
  const read = await get(world.engine, world.caller, { sessionId: 's', minVersion: 0, peek: false, historyLimit: 0 });
  expect(read.head).toMatchObject({ status: 'ACTIVE', resumed: true, generation: 2, version: 1 });
  expect(read.head.runId).not.toBe(started.head.runId);
});

test('get: an access to an EXPIRED session is refused, with the expiry committed; a peek shows it', async () => {
  const world = await openTestEngine();
  await startSession(world, { sessionId: 's' });
  world.clock.advance(21 * HOUR_MS);
  const read = { sessionId: 's', minVersion: 0, peek: false, historyLimit: 0 };
  await expect(get(world.engine, world.caller, read)).rejects.toEqual(refusal('SESSION_EXPIRED'));
  const { header } = await world.store.sessions.load('acme', 's', {});
  expect(header?.status).toBe('EXPIRED');
  expect(await peek(world, 's')).toMatchObject({ usable: false, head: { status: 'EXPIRED' } });
});

test('get: a min_version above the session is VERSION_MISMATCH and slides nothing', async () => {
  const world = await openTestEngine();
  const { session } = await startSession(world, { sessionId: 's' });
  world.clock.advance(HOUR_MS);
  const read = { sessionId: 's', minVersion: 2, peek: false, historyLimit: 0 };
  await expect(get(world.engine, world.caller, read)).rejects.toEqual(
    refusal('VERSION_MISMATCH', { metadata: { current_version: '1' } }),
  );
  expect((await peek(world, 's')).head.dormantAt).toBe(session.dormantAt);
});

test('get: history holds the newest messages, oldest first', async () => {
  const world = await openTestEngine();
  await startSession(world, { sessionId: 's' });
  for (const text of ['one', 'two', 'three']) await say(world, 's', 'USER', text);
  const read = await get(world.engine, world.caller, { sessionId: 's', minVersion: 4, peek: true, historyLimit: 2 });
  expect(textsOf(read.messages)).toEqual(['two', 'three']);
});

test('get: another tenant finds nothing under the same id', async () => {
  const world = await openTestEngine();
  await startSession(world, { sessionId: 's' });
  await expect(peek({ ...world, caller: { ...world.caller, tenant: 'other' } }, 's')).rejects.toEqual(
    refusal('SESSION_NOT_FOUND'),
  );
});

test('touch: inside a bucket it commits nothing, an hour later it slides', async () => {
  const world = await openTestEngine();
  const { session } = await startSession(world, { sessionId: 's' });
  const input = { sessionId: 's', requestId: '', expectedVersion: 0 };
  const before = await world.store.sessions.load('acme', 's', {});
  expect((await touch(world.engine, world.caller, input)).head.dormantAt).toBe(session.dormantAt);
  expect((await world.store.sessions.load('acme', 's', {})).header).toEqual(before.header);
  world.clock.advance(HOUR_MS);
  expect((await touch(world.engine, world.caller, input)).head.dormantAt).toBe((session.dormantAt ?? 0) + HOUR_MS);
});

test('touch: another ttl is granted as a new version, and a repetition does it once', async () => {
  const world = await openTestEngine();
  await startSession(world, { sessionId: 's' });
  const input = { sessionId: 's', requestId: 'once', expectedVersion: 1, ttlMs: 2 * HOUR_MS };
  const first = await touch(world.engine, world.caller, input);
  expect(first.head).toMatchObject({ version: 2, expiresInMs: 2 * HOUR_MS });
  expect((await touch(world.engine, world.caller, input)).head.version).toBe(2);
});

test('touch: an expected_version that is over is refused', async () => {
  const world = await openTestEngine();
  await startSession(world, { sessionId: 's' });
  const input = { sessionId: 's', requestId: '', expectedVersion: 7 };
  await expect(touch(world.engine, world.caller, input)).rejects.toEqual(refusal('VERSION_MISMATCH'));
});

test('resume: returns with the next generation, merged state and the newest messages', async () => {
  const world = await openTestEngine();
  await startSession(world, { sessionId: 's', state: { kept: 1, replaced: { deep: 1 } } });
  await say(world, 's', 'USER', 'hello');
  world.clock.advance(11 * HOUR_MS);
  const input = resumeInput('s', { statePatch: { replaced: { other: 2 } }, historyLimit: 5 });
  const answer = await resume(world.engine, world.caller, input);
  expect(answer).toMatchObject({ previousGeneration: 1, head: { generation: 2, resumed: true } });
  expect(answer.session.state).toEqual({ kept: 1, replaced: { other: 2 } });
  expect(textsOf(answer.messages)).toEqual(['hello']);
});

test('resume: another user or agent does not find the session', async () => {
  const world = await openTestEngine();
  await startSession(world, { sessionId: 's', userId: 'ada', agentId: 'bot' });
  const stranger = resume(world.engine, world.caller, resumeInput('s', { userId: 'eve' }));
  await expect(stranger).rejects.toEqual(refusal('SESSION_NOT_FOUND'));
  const otherAgent = resume(world.engine, world.caller, resumeInput('s', { agentId: 'other' }));
  await expect(otherAgent).rejects.toEqual(refusal('SESSION_NOT_FOUND'));
});

test('resume: an ENDED session comes back only with reopen, and holds its key again', async () => {
  const world = await openTestEngine();
  const key = { conversationKey: 'chat', channel: 'telegram' };
  const { head } = await startSession(world, key);
  await end(world.engine, world.caller, endInput(head.sessionId));
  const plain = resume(world.engine, world.caller, resumeInput(head.sessionId));
  await expect(plain).rejects.toEqual(refusal('SESSION_ENDED'));
  const back = await resume(world.engine, world.caller, resumeInput(head.sessionId, { reopen: true }));
  expect(back.head).toMatchObject({ status: 'ACTIVE', generation: 2 });
  expect((await startSession(world, key)).head.sessionId).toBe(head.sessionId);
});

test('end: a second end answers the first one', async () => {
  const world = await openTestEngine();
  await startSession(world, { sessionId: 's' });
  const first = await end(
    world.engine,
    world.caller,
    endInput('s', { outcome: 'FAILED', errorMessage: 'no luck', qualityScore: 2, metadataPatch: { why: 'x' } }),
  );
  expect(first.session).toMatchObject({ status: 'ENDED', outcome: 'FAILED', errorMessage: 'no luck', qualityScore: 2 });
  expect(first.session.metadata).toEqual({ why: 'x' });
  world.clock.advance(MINUTE_MS);
  const second = await end(world.engine, world.caller, endInput('s', { errorMessage: 'other' }));
  expect(second.session).toEqual(first.session);
});

test('delete: the session is gone at once, counted, and its numbers go on under the same id', async () => {
  const world = await openTestEngine();
  await startSession(world, { sessionId: 's' });
  await say(world, 's', 'USER', 'hello');
  const input = { sessionId: 's', requestId: 'once', expectedVersion: 0, allowMissing: false };
  const gone = await deleteSession(world.engine, world.caller, input);
  expect(gone).toMatchObject({ messagesDeleted: 1, summariesDeleted: 0, head: { sessionId: 's', version: 2 } });
  await expect(peek(world, 's')).rejects.toEqual(refusal('SESSION_NOT_FOUND'));
  expect(await deleteSession(world.engine, world.caller, input)).toMatchObject({ messagesDeleted: 1 });
  const again = await startSession(world, { sessionId: 's' });
  expect(again.head.version).toBeGreaterThan(2);
  expect((await say(world, 's', 'USER', 'again')).sequence).toBe(2);
});

test('delete: what is not there is refused, unless that is allowed', async () => {
  const { engine, caller } = await openTestEngine();
  const input = { sessionId: 's', requestId: '', expectedVersion: 0, allowMissing: false };
  await expect(deleteSession(engine, caller, input)).rejects.toEqual(refusal('SESSION_NOT_FOUND'));
  const allowed = await deleteSession(engine, caller, { ...input, allowMissing: true });
  expect(allowed).toEqual({ head: null, messagesDeleted: 0, summariesDeleted: 0 });
});
