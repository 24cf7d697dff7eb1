import { beforeEach, expect, test } from 'vitest';
import { specOf } from '../../src/contract/calls.ts';
import type { SessionSpec } from '../../src/model/call.ts';
import type { Conversation } from '../../src/operations/conversation.ts';
import { exportConversations } from '../../src/operations/export.ts';
import { importConversation } from '../../src/operations/import-conversation.ts';
import { Conversations, conversationOf } from '../support/conversations.ts';

let stage: Conversations;

beforeEach(async () => {
  stage = await Conversations.open();
});

function bring(conversation: Conversation) {
  return importConversation(stage.engine, stage.caller, conversation);
}

test('export: brings back what import takes, hidden messages and their gaps left out', async () => {
  const spec: SessionSpec = specOf({ userId: 'u', title: 'T', labels: { a: 'b' }, state: { n: 1 } });
  const kind = 'COMPACTION' as const;
  const summaries = [
    { kind, firstSequence: 1, lastSequence: 1, text: 'one', tokenCount: 1 },
    { kind, firstSequence: 2, lastSequence: 3, text: 'two and three', tokenCount: 3 },
  ];
  await bring(conversationOf(['a', 'gone', 'gone too'], { spec }));
  await stage.rewind('s', 1);
  await stage.say('s', ['b', 'c']);
  for (const [first, last, text] of [
    [1, 1, 'one'],
    [4, 5, 'two and three'],
  ] as const) {
    const tokenCount = text === 'one' ? 1 : 3;
    const summary = { kind, firstSequence: first, lastSequence: last, text, tokenCount, source: 'CALLER' as const };
    const call = { kind: 'addSummary' as const, summary, fresh: stage.engine.fresh() };
    await stage.engine.submit({ ...stage.caller, sessionId: 's', call });
  }
  const pieces = await stage.exported();
  expect(pieces.map(({ more }) => more)).toEqual([true, false]);
  expect(pieces[0]?.session).toMatchObject({
    sessionId: 's',
    userId: 'u',
    title: 'T',
    labels: { a: 'b' },
    state: { n: 1 },
  });
  expect(pieces.flatMap((piece) => piece.messages).map((message) => stage.textOf(message))).toEqual(['a', 'b', 'c']);
  expect(pieces.flatMap((piece) => piece.summaries)).toMatchObject(summaries);
});

test('export: a summary of nothing that is visible is left out', async () => {
  const summary = { kind: 'TURN', firstSequence: 1, lastSequence: 2, text: 'gone', tokenCount: 1 } as const;
  await bring(conversationOf(['a', 'b'], { summaries: [summary] }));
  const call = { kind: 'clearMessages', clearSummaries: false, fresh: stage.engine.fresh() } as const;
  await stage.engine.submit({ ...stage.caller, sessionId: 's', call });
  const [piece] = await stage.exported();
  expect(piece).toMatchObject({ messages: [], summaries: [], more: false });
});

test('export: shows a session as it was when it was reached, and leaves out what is deleted before', async () => {
  for (const sessionId of ['a', 'b', 'c']) {
    await bring(conversationOf(['1', '2'], { sessionId }));
    stage.clock.advance(1);
  }
  const all = { userId: '', agentId: '', sessionIds: [], createdAfter: null, createdBefore: null };
  const seen: string[] = [];
  for await (const { session, messages } of exportConversations(stage.engine, stage.caller, all)) {
    seen.push(`${session?.sessionId}:${messages.length}`);
    if (session?.sessionId !== 'a') continue;
    await stage.say('c', ['3']);
    await stage.delete('b');
    await stage.start('late');
  }
  expect(seen).toEqual(['a:2', 'c:2']);
});

test('export: pieces stay small, and put together they are the conversation', async () => {
  const texts = Array.from({ length: 5 }, (_, index) => `${index}`.repeat(700_000));
  await bring(conversationOf(texts));
  const pieces = await stage.exported();
  expect(pieces.length).toBeGreaterThan(2);
  for (const { messages } of pieces) {
    expect(messages.reduce((sum, { body }) => sum + body.byteLength, 0)).toBeLessThan(3.5 * 1024 * 1024);
  }
  expect(pieces.map(({ more }) => more)).toEqual([...pieces.slice(1).map(() => true), false]);
  expect(pieces.filter(({ session }) => session !== null)).toHaveLength(1);
  expect(pieces.flatMap(({ messages }) => messages).map((message) => stage.textOf(message))).toEqual(texts);
});

test('export: a session that is deleted in the middle of its pieces ends the stream with an error', async () => {
  await bring(conversationOf(['x'.repeat(700_000), 'y'.repeat(700_000), 'z'.repeat(700_000)]));
  const all = { userId: '', agentId: '', sessionIds: [], createdAfter: null, createdBefore: null };
  const pieces = exportConversations(stage.engine, stage.caller, all);
  expect((await pieces.next()).value).toMatchObject({ more: true });
  await stage.delete('s');
  await expect(pieces.next()).rejects.toMatchObject({ reason: 'SESSION_NOT_FOUND' });
});
