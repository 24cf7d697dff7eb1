import { expect, test } from 'vitest';
import { addMessage } from '../../src/operations/add-message.ts';
import { type AddMessagesInput, addMessages } from '../../src/operations/add-messages.ts';
import { clearMessages } from '../../src/operations/clear-messages.ts';
import { get } from '../../src/operations/get.ts';
import { type RewindInput, rewind } from '../../src/operations/rewind.ts';
import {
  HOUR_MS,
  messageOf,
  openTestEngine,
  refusal,
  say,
  startInput,
  startSession,
  type TestEngine,
  textsOf,
  withLimits,
} from '../support/test-engine.ts';

async function openSession(options = {}): Promise<TestEngine> {
  const world = await openTestEngine(options);
  await startSession(world, { sessionId: 's' });
  return world;
}

function batchOf(texts: string[], fields: Partial<AddMessagesInput> = {}): AddMessagesInput {
  return {
    ...{ sessionId: 's', requestId: '', expectedVersion: 0, statePatch: {}, startIfMissing: null },
    rewindThroughSequence: null,
    messages: texts.map((text) => messageOf('USER', text)),
    ...fields,
  };
}

const rewindInput = (cut: RewindInput['cut'], requestId = ''): RewindInput => ({
  ...{ sessionId: 's', requestId, expectedVersion: 0, cut },
});

async function visibleTexts({ engine, caller }: TestEngine): Promise<string[]> {
  const { messages } = await get(engine, caller, { sessionId: 's', minVersion: 0, peek: true, historyLimit: 1000 });
  return textsOf(messages);
}

test('addMessage: it is numbered on, counted and dated', async () => {
  const world = await openSession();
  await say(world, 's', 'USER', 'hello');
  world.clock.advance(1000);
  const answer = await say(world, 's', 'ASSISTANT', 'good day to you');
  expect(answer).toMatchObject({ sequence: 2, createdAt: world.clock.wallAt(), head: { version: 3, lastSequence: 2 } });
  expect(answer.counters).toMatchObject({ messageCount: 2, turnCount: 1, totalTokens: expect.any(Number) });
  expect(answer.counters.outputTokens).toBe(answer.tokenCount);
});

test('addMessage: a repeated request id answers the first and appends nothing', async () => {
  const world = await openSession();
  const first = await say(world, 's', 'USER', 'hello', { requestId: 'once' });
  world.clock.advance(1000);
  await say(world, 's', 'USER', 'more');
  const again = await say(world, 's', 'USER', 'hello', { requestId: 'once' });
  expect(again).toMatchObject({ sequence: 1, createdAt: first.createdAt, tokenCount: first.tokenCount });
  expect(again.head).toMatchObject({ version: 2, lastSequence: 2 });
  const reused = say(world, 's', 'USER', 'other', { requestId: 'once' });
  await expect(reused).rejects.toEqual(refusal('REQUEST_ID_REUSED'));
});

test('addMessage: exactly one of many writers with one expected_version wins', async () => {
  const world = await openSession();
  const racers = Array.from({ length: 10 }, (_, place) => say(world, 's', 'USER', `${place}`, { expectedVersion: 1 }));
  const outcomes = await Promise.allSettled(racers);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const [lost] = outcomes.filter((outcome) => outcome.status === 'rejected');
  expect(lost?.reason).toEqual(refusal('VERSION_MISMATCH', { metadata: { current_version: '2' } }));
});

test('addMessage: the caller counts tokens, or the service estimates', async () => {
  const world = await openSession();
  expect((await say(world, 's', 'USER', 'hello', { message: { tokenCount: 77 } })).tokenCount).toBe(77);
  expect((await say(world, 's', 'USER', 'hello')).tokenCount).toBeGreaterThan(0);
});

test('addMessage: a session that is missing is started in the same commit', async () => {
  const world = await openTestEngine();
  const base = { sessionId: 's', requestId: 'once', expectedVersion: 0, message: messageOf('USER', 'hello') };
  const input = { ...base, statePatch: { b: 2 }, startIfMissing: startInput({ state: { a: 1 } }) };
  const answer = await addMessage(world.engine, world.caller, input);
  expect(answer).toMatchObject({ sequence: 1, head: { created: true, version: 1 } });
  const read = await get(world.engine, world.caller, { sessionId: 's', minVersion: 0, peek: true, historyLimit: 1 });
  expect(read.session.state).toEqual({ a: 1, b: 2 });
  const again = await addMessage(world.engine, world.caller, input);
  expect(again).toMatchObject({ sequence: 1, head: { created: true } });
});

test('addMessage: a session that is over is started over, or refused where RESUME is asked', async () => {
  const world = await openSession();
  world.clock.advance(21 * HOUR_MS);
  const base = { sessionId: 's', requestId: '', expectedVersion: 0, message: messageOf('USER', 'hello') };
  const input = { ...base, statePatch: {} };
  const resuming = addMessage(world.engine, world.caller, {
    ...input,
    startIfMissing: startInput({ ifExists: 'RESUME' }),
  });
  await expect(resuming).rejects.toEqual(refusal('SESSION_EXPIRED'));
  const answer = await addMessage(world.engine, world.caller, { ...input, startIfMissing: startInput() });
  expect(answer.head).toMatchObject({ created: true, generation: 2 });
  const returning = addMessage(world.engine, world.caller, {
    ...input,
    startIfMissing: startInput({ ifExists: 'RETURN' }),
  });
  await expect(returning).rejects.toEqual(refusal('INVALID_FIELD', { field: 'start_if_missing.if_exists' }));
});

test('addMessage: a message above its bytes is MESSAGE_TOO_LARGE, one at them is stored', async () => {
  const world = await openSession({ settings: withLimits({ messageBytesMax: 1000 }) });
  const spare = 1000 - (await sizeOf(world, ''));
  await say(world, 's', 'USER', 'x'.repeat(spare));
  const larger = say(world, 's', 'USER', 'x'.repeat(spare + 1));
  await expect(larger).rejects.toEqual(refusal('MESSAGE_TOO_LARGE', { field: 'message' }));
});

async function sizeOf({ engine }: TestEngine, text: string): Promise<number> {
  return engine.codec.encode(messageOf('USER', text)).byteLength;
}

test.each([
  [{ parts: [{ kind: 'toolCall', id: '', name: 'x', arguments: '' } as const] }, 'message.parts[0].tool_call.id'],
  [{ parts: [{ kind: 'file', mimeType: 'a/b', filename: '' } as const] }, 'message.parts[0].file.source'],
  [{ messageId: 'x'.repeat(257) }, 'message.message_id'],
  [{ parts: [{ kind: 'text', text: '\ud800' } as const] }, 'message.parts[0].text'],
])('addMessage: %j is INVALID_FIELD', async (message, field) => {
  const world = await openSession();
  await expect(say(world, 's', 'USER', '', { message })).rejects.toEqual(refusal('INVALID_FIELD', { field }));
});

test('addMessages: a batch is there as a whole, with consecutive numbers', async () => {
  const world = await openSession();
  const answer = await addMessages(world.engine, world.caller, batchOf(['a', 'b', 'c']));
  expect(answer.messages.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
  expect(answer.head.version).toBe(2);
});

test('addMessages: it cuts and appends in one commit', async () => {
  const world = await openSession();
  await addMessages(world.engine, world.caller, batchOf(['a', 'b', 'c']));
  const answer = await addMessages(world.engine, world.caller, batchOf(['d'], { rewindThroughSequence: 1 }));
  expect(answer).toMatchObject({ removedCount: 2, head: { version: 3, lastSequence: 4 } });
  expect(await visibleTexts(world)).toEqual(['a', 'd']);
});

test('addMessages: none, more than fit, and too many bytes are refused', async () => {
  const { engine, caller } = await openSession({ settings: withLimits({ batchMessagesMax: 2, batchBytesMax: 1000 }) });
  await expect(addMessages(engine, caller, batchOf([]))).rejects.toEqual(refusal('INVALID_FIELD'));
  await expect(addMessages(engine, caller, batchOf(['a', 'b', 'c']))).rejects.toEqual(refusal('LIMIT_EXCEEDED'));
  const heavy = batchOf(['x'.repeat(500), 'y'.repeat(500)]);
  await expect(addMessages(engine, caller, heavy)).rejects.toEqual(refusal('LIMIT_EXCEEDED', { field: 'messages' }));
});

test.each([
  [{ kind: 'throughSequence', sequence: 2 } as const, ['c', 'd', 'e']],
  [{ kind: 'throughSequence', sequence: 0 } as const, ['a', 'b', 'c', 'd', 'e']],
  [{ kind: 'lastMessages', count: 2 } as const, ['d', 'e']],
  [{ kind: 'lastMessages', count: 99 } as const, ['a', 'b', 'c', 'd', 'e']],
  [{ kind: 'lastTurns', count: 1 } as const, ['d', 'e']],
  [{ kind: 'lastTurns', count: 9 } as const, ['b', 'c', 'd', 'e']],
  [{ kind: 'turnId', turnId: 't2' } as const, ['d', 'e']],
])('rewind: %j removes %j', async (cut, removed) => {
  const world = await openSession();
  await say(world, 's', 'SYSTEM', 'a');
  await say(world, 's', 'USER', 'b');
  await say(world, 's', 'ASSISTANT', 'c');
  await say(world, 's', 'USER', 'd', { message: { turnId: 't2' } });
  await say(world, 's', 'ASSISTANT', 'e', { message: { turnId: 't2' } });
  const answer = await rewind(world.engine, world.caller, rewindInput(cut));
  expect(answer).toMatchObject({ removedCount: removed.length, removedTruncated: false });
  expect(textsOf(answer.removedMessages)).toEqual(removed);
  expect(await visibleTexts(world)).toEqual(['a', 'b', 'c', 'd', 'e'].filter((text) => !removed.includes(text)));
  expect((await say(world, 's', 'USER', 'f')).sequence).toBe(6);
});

test('rewind: what is not there is MESSAGE_NOT_FOUND, and a repetition is not', async () => {
  const world = await openSession();
  await say(world, 's', 'USER', 'a', { message: { turnId: 't1' } });
  const missing = rewind(world.engine, world.caller, rewindInput({ kind: 'turnId', turnId: 'other' }));
  await expect(missing).rejects.toEqual(refusal('MESSAGE_NOT_FOUND'));
  const ahead = rewind(world.engine, world.caller, rewindInput({ kind: 'throughSequence', sequence: 2 }));
  await expect(ahead).rejects.toEqual(refusal('MESSAGE_NOT_FOUND'));
  const cut = rewindInput({ kind: 'turnId', turnId: 't1' }, 'once');
  await rewind(world.engine, world.caller, cut);
  expect(await rewind(world.engine, world.caller, cut)).toMatchObject({ removedCount: 1 });
});

test('rewind: the oldest removed messages are left out where the answer would be too large', async () => {
  const world = await openSession({ settings: withLimits({ answerBytesMax: 5000 }) });
  for (const text of ['a', 'b', 'c']) await say(world, 's', 'USER', text.repeat(800));
  const answer = await rewind(world.engine, world.caller, rewindInput({ kind: 'throughSequence', sequence: 0 }));
  expect(answer).toMatchObject({ removedCount: 3, removedTruncated: true });
  expect(textsOf(answer.removedMessages)).toEqual(['c'.repeat(800)]);
});

test('clearMessages: all are out of sight, and numbers go on', async () => {
  const world = await openSession();
  await addMessages(world.engine, world.caller, batchOf(['a', 'b']));
  const input = { sessionId: 's', requestId: '', expectedVersion: 0, clearSummaries: false };
  expect(await clearMessages(world.engine, world.caller, input)).toMatchObject({ removedCount: 2 });
  expect(await visibleTexts(world)).toEqual([]);
  expect((await say(world, 's', 'USER', 'c')).sequence).toBe(3);
});
