import { expect, test } from 'vitest';
import type { Message } from '../../src/model/message.ts';
import { addMessages } from '../../src/operations/add-messages.ts';
import { addSummary } from '../../src/operations/add-summary.ts';
import { type BuildContextAnswer, type BuildContextInput, buildContext } from '../../src/operations/build-context.ts';
import { end } from '../../src/operations/end.ts';
import { jsonCodec } from '../support/json-codec.ts';
import {
  messageOf,
  openTestEngine,
  refusal,
  say,
  startSession,
  type TestEngine,
  textsOf,
  withLimits,
} from '../support/test-engine.ts';

async function openSession(fields = {}): Promise<TestEngine> {
  const world = await openTestEngine();
  await startSession(world, { sessionId: 's', ...fields });
  return world;
}

function contextOf(
  { engine, caller }: TestEngine,
  fields: Partial<BuildContextInput> = {},
): Promise<BuildContextAnswer> {
  return buildContext(engine, caller, {
    ...{ sessionId: 's', minVersion: 0, tokenLimit: 0, maxMessages: 0, format: 'OPENAI_CHAT', strategy: 'RECENT' },
    ...{ systemPrompt: '', omitSummaries: false, includeFiles: false, ifTagNot: '', peek: false },
    ...fields,
  });
}

function append({ engine, caller }: TestEngine, messages: Message[]) {
  const base = { sessionId: 's', requestId: '', expectedVersion: 0, statePatch: {}, startIfMissing: null };
  return addMessages(engine, caller, { ...base, messages, rewindThroughSequence: null });
}

test('buildContext: an empty session gives an empty context', async () => {
  const world = await openSession();
  expect(await contextOf(world)).toMatchObject({
    messages: [],
    rendered: '[]',
    tokenCount: 0,
    tokenLimit: 4000,
    unchanged: false,
  });
});

test('buildContext: the limit is the call’s, else the session’s, else the window of its model', async () => {
  const world = await openSession({ tokenLimit: 900, model: 'gpt-4o' });
  expect((await contextOf(world, { tokenLimit: 700 })).tokenLimit).toBe(700);
  expect((await contextOf(world)).tokenLimit).toBe(900);
  await startSession(world, { sessionId: 'by-model', model: 'gpt-4o' });
  expect((await contextOf(world, { sessionId: 'by-model' })).tokenLimit).toBe(128_000);
});

test('buildContext: pinned messages come from far back, before the newest that fit', async () => {
  const world = await openSession();
  await say(world, 's', 'SYSTEM', 'be kind');
  for (let turn = 0; turn < 5; turn++)
    await append(
      world,
      Array.from({ length: 100 }, (_, index) => messageOf('USER', `question ${turn * 100 + index}`)),
    );
  const context = await contextOf(world, { tokenLimit: 200, systemPrompt: 'today is monday' });
  const texts = textsOf(context.messages);
  expect([texts[0], texts.at(-1)]).toEqual(['be kind', 'question 499']);
  expect(JSON.parse(context.rendered).slice(0, 2)).toEqual([
    { role: 'system', content: 'today is monday' },
    { role: 'system', content: 'be kind' },
  ]);
  expect(context.tokenCount).toBeLessThanOrEqual(200);
  expect(context.report).toMatchObject({
    keptMessages: texts.length,
    droppedMessages: 501 - texts.length,
    sliding: false,
  });
});

test('buildContext: reads as little of an old session as of a young one', async () => {
  const world = await openSession();
  await say(world, 's', 'SYSTEM', 'be kind');
  let answered = 0;
  const read: typeof world.store.messages.read = async (...query) => {
    const messages = await world.store.messages.read(...query);
    answered += messages.length;
    return messages;
  };
  const messages = Object.assign(Object.create(world.store.messages), { read });
  const engine = { ...world.engine, store: Object.assign(Object.create(world.store), { messages }) };
  const costs: number[] = [];
  for (let age = 0; age < 10; age++) {
    await append(
      world,
      Array.from({ length: 100 }, (_, index) => messageOf('USER', `question ${index}`)),
    );
    answered = 0;
    await contextOf({ ...world, engine }, { tokenLimit: 500 });
    costs.push(answered);
  }
  expect(new Set(costs.slice(1)).size).toBe(1);
});

test('buildContext: the newest messages of a long session are whole turns, and the report says that the cut slides', async () => {
  const world = await openSession();
  const turn = ['USER', 'ASSISTANT', 'ASSISTANT'] as const;
  await append(
    world,
    Array.from({ length: 90 }, (_, index) => messageOf(turn[index % 3] ?? 'USER', `message ${index}`)),
  );
  const context = await contextOf(world, { maxMessages: 20 });
  expect(context.messages.map(({ sequence }) => sequence)).toEqual(
    Array.from({ length: 18 }, (_, index) => 73 + index),
  );
  expect(context.report).toMatchObject({ sliding: true, keptMessages: 18, droppedMessages: 72 });
  expect((await contextOf(world, { maxMessages: 90 })).report.sliding).toBe(false);
});

test('buildContext: a summary stands for its messages unless it is left out', async () => {
  const world = await openSession();
  await append(
    world,
    ['old', 'older', 'new'].map((text) => messageOf('USER', text)),
  );
  const summary = { kind: 'COMPACTION' as const, firstSequence: 1, lastSequence: 2, text: 'they met', tokenCount: 3 };
  await addSummary(world.engine, world.caller, { sessionId: 's', requestId: '', expectedVersion: 0, summary });
  const context = await contextOf(world);
  expect(textsOf(context.messages)).toEqual(['new']);
  expect(context.summaries).toMatchObject([{ text: 'they met' }]);
  expect(textsOf((await contextOf(world, { omitSummaries: true })).messages)).toEqual(['old', 'older', 'new']);
});

test('buildContext: a call without a result gets a stand-in that has no sequence', async () => {
  const world = await openSession();
  await append(world, [
    messageOf('USER', 'book it'),
    messageOf('ASSISTANT', '', { parts: [{ kind: 'toolCall', id: 'c1', name: 'book', arguments: '{}' }] }),
  ]);
  const { messages, report } = await contextOf(world);
  expect(messages.map(({ sequence, role }) => [sequence, role])).toEqual([
    [1, 'USER'],
    [2, 'ASSISTANT'],
    [0, 'TOOL'],
  ]);
  expect(jsonCodec.decode(messages[2]?.body ?? new Uint8Array()).parts).toMatchObject([
    { kind: 'toolResult', callId: 'c1', isError: true },
  ]);
  expect(report.decisions.map(({ kind }) => kind)).toEqual(['KEPT', 'REPAIRED']);
});

test('buildContext: inline files come without their bytes unless they are asked for', async () => {
  const world = await openSession();
  const file = { kind: 'file' as const, mimeType: 'image/png', filename: 'a.png', data: new Uint8Array([1, 2]) };
  await append(world, [messageOf('USER', '', { parts: [file] })]);
  const fileIn = ({ messages }: BuildContextAnswer) => jsonCodec.decode(messages[0]?.body ?? new Uint8Array()).parts[0];
  expect(fileIn(await contextOf(world))).toEqual({ kind: 'file', mimeType: 'image/png', filename: 'a.png' });
  const included = await contextOf(world, { includeFiles: true });
  expect(fileIn(included)).toEqual(file);
  expect(included.rendered).toContain('data:image/png;base64,AQI=');
});

test('buildContext: the context that the caller has is answered as unchanged, until a message comes', async () => {
  const world = await openSession();
  await say(world, 's', 'USER', 'hello');
  const { tag, prefixHash } = await contextOf(world);
  const same = await contextOf(world, { ifTagNot: tag });
  expect(same).toMatchObject({
    unchanged: true,
    messages: [],
    rendered: '',
    tag,
    prefixHash,
    tokenCount: expect.any(Number),
  });
  await say(world, 's', 'ASSISTANT', 'hi');
  const other = await contextOf(world, { ifTagNot: tag });
  expect(other).toMatchObject({ unchanged: false, prefixHash });
  expect(other.messages).toHaveLength(2);
});

test('buildContext: is an access unless it peeks, and peeks into an ended session', async () => {
  const world = await openSession();
  await say(world, 's', 'USER', 'hello');
  const ending = {
    sessionId: 's',
    requestId: '',
    expectedVersion: 0,
    outcome: 'COMPLETED' as const,
    errorMessage: '',
    qualityScore: 0,
  };
  await end(world.engine, world.caller, { ...ending, metadataPatch: {} });
  await expect(contextOf(world)).rejects.toThrow(refusal('SESSION_ENDED'));
  expect(textsOf((await contextOf(world, { peek: true })).messages)).toEqual(['hello']);
});

test('buildContext: a limit below the newest turn is refused with what is needed, and that is enough', async () => {
  const world = await openSession();
  await say(world, 's', 'USER', 'x'.repeat(400));
  await expect(contextOf(world, { tokenLimit: 50 })).rejects.toThrow(
    refusal('TOKEN_LIMIT_TOO_SMALL', { field: 'token_limit', metadata: { token_limit: '50', needed_tokens: '104' } }),
  );
  expect((await contextOf(world, { tokenLimit: 104 })).tokenCount).toBe(104);
});

test('buildContext: another tenant’s session is not found', async () => {
  const world = await openSession();
  const foreign = { ...world, caller: { ...world.caller, tenant: 'other' } };
  await expect(contextOf(foreign)).rejects.toThrow(refusal('SESSION_NOT_FOUND'));
});

/** A session whose answers hold 8,000 bytes. */
async function openCrampedSession(): Promise<TestEngine> {
  const world = await openTestEngine({ settings: withLimits({ answerBytesMax: 8000 }) });
  await startSession(world, { sessionId: 's' });
  return world;
}

const answerBytes = ({ messages, rendered }: BuildContextAnswer) =>
  messages.reduce((sum, { body }) => sum + body.byteLength, rendered.length);

test('buildContext: where the answer would be too large, the limit is halved until it is not', async () => {
  const world = await openCrampedSession();
  await append(
    world,
    Array.from({ length: 60 }, (_, said) => messageOf('USER', `${said}`.padEnd(80, '.'))),
  );
  const answer = await contextOf(world, { tokenLimit: 100_000 });
  expect(answerBytes(answer)).toBeLessThanOrEqual(8000);
  expect(answerBytes(answer)).toBeGreaterThan(2000);
  expect(answer.tokenLimit).toBeLessThan(100_000);
  expect(answer.tokenCount).toBeLessThanOrEqual(answer.tokenLimit);
  expect(answer.messages.at(-1)?.sequence).toBe(60);
  expect(answer.report.keptMessages + answer.report.droppedMessages).toBe(60);
});

test('buildContext: an answer that is at its bytes begins the same for many messages', async () => {
  const world = await openCrampedSession();
  const prefixes = new Set<string>();
  for (let said = 0; said < 60; said += 1) {
    await say(world, 's', 'USER', `${said}`.padEnd(80, '.'));
    if (said >= 30) prefixes.add((await contextOf(world, { tokenLimit: 100_000 })).prefixHash);
  }
  expect(prefixes.size).toBeLessThan(8);
});

test('buildContext: a newest turn or summaries that no answer holds are refused by bytes', async () => {
  const refused = refusal('LIMIT_EXCEEDED', {
    metadata: expect.objectContaining({ limit: 'answer_bytes', max: '8000' }),
  });
  const world = await openCrampedSession();
  await say(world, 's', 'USER', 'x'.repeat(9000));
  await expect(contextOf(world)).rejects.toThrow(refused);
  await say(world, 's', 'USER', 'short');
  expect(textsOf((await contextOf(world)).messages)).toEqual(['short']);
  const text = 'x'.repeat(9000);
  const summary = { kind: 'COMPACTION', firstSequence: 1, lastSequence: 1, text, tokenCount: 1 } as const;
  await addSummary(world.engine, world.caller, { sessionId: 's', requestId: '', expectedVersion: 0, summary });
  await expect(contextOf(world)).rejects.toThrow(refused);
  expect((await contextOf(world, { omitSummaries: true })).messages).toHaveLength(1);
});
