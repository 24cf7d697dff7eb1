import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import type { SessionSpec } from '../../src/model/call.ts';
import type { Message } from '../../src/model/message.ts';
import { CONVERSATION_BYTES_MAX, type ImportedPiece } from '../../src/operations/assemble-conversations.ts';
import type { Conversation } from '../../src/operations/conversation.ts';
import { type ExportedPiece, exportConversations } from '../../src/operations/export.ts';
import { importConversations } from '../../src/operations/import.ts';
import { importConversation } from '../../src/operations/import-conversation.ts';
import { Conversations, messageOf, specOf } from '../support/conversations.ts';

let stage: Conversations;

beforeEach(async () => {
  stage = await Conversations.open();
});

function conversationOf(texts: string[], fields: Partial<Conversation> = {}): Conversation {
  return { sessionId: 's', spec: specOf(), messages: texts.map(said), summaries: [], ...fields };
}

function said(text: string, index: number): Message {
  return messageOf(index % 2 === 0 ? 'USER' : 'ASSISTANT', text, { messageId: `m${index}` });
}

function bring(conversation: Conversation) {
  return importConversation(stage.engine, stage.caller, conversation);
}

async function textsOf(sessionId = 's'): Promise<string[]> {
  const pieces = await exported({ sessionIds: [sessionId] });
  return pieces.flatMap(({ messages }) => messages).map(textOf);
}

function textOf({ body }: { body: Uint8Array }): string {
  const [part] = stage.engine.codec.decode(body).parts;
  return part?.kind === 'text' ? part.text : '';
}

async function exported(input: { sessionIds?: string[]; userId?: string } = {}): Promise<ExportedPiece[]> {
  const all = { userId: '', agentId: '', sessionIds: [], createdAfter: null, createdBefore: null };
  const pieces: ExportedPiece[] = [];
  for await (const piece of exportConversations(stage.engine, stage.caller, { ...all, ...input })) pieces.push(piece);
  return pieces;
}

test('import: a conversation that is not there is stored in one commit', async () => {
  const { header: none } = await stage.engine.store.sessions.load(stage.caller.tenant, 's', {});
  expect(none).toBeNull();
  const spec = specOf({ userId: 'u', agentId: 'bot', title: 'T', metadata: { a: 1 }, state: { b: [true] } });
  expect(await bring(conversationOf(['a', 'b'], { spec }))).toEqual({ became: 'IMPORTED', messageCount: 2 });
  const { header, details, state } = await stage.engine.store.sessions.load(stage.caller.tenant, 's', {
    details: true,
    state: true,
  });
  expect(header).toMatchObject({ userId: 'u', agentId: 'bot', status: 'ACTIVE', version: 1, lastSequence: 2 });
  expect(details).toMatchObject({ title: 'T', metadata: { a: 1 } });
  expect(state).toEqual({ b: [true] });
});

test('import: a second time changes nothing', async () => {
  await bring(conversationOf(['a', 'b']));
  const before = await stage.engine.store.sessions.load(stage.caller.tenant, 's', {});
  stage.clock.advance(60_000);
  expect(await bring(conversationOf(['a', 'b']))).toEqual({ became: 'UNCHANGED', messageCount: 0 });
  expect(await bring(conversationOf(['a']))).toEqual({ became: 'UNCHANGED', messageCount: 0 });
  expect(await stage.engine.store.sessions.load(stage.caller.tenant, 's', {})).toEqual(before);
});

test('import: of a longer version the rest is appended', async () => {
  await bring(conversationOf(['a', 'b']));
  expect(await bring(conversationOf(['a', 'b', 'c', 'd']))).toEqual({ became: 'APPENDED', messageCount: 2 });
  expect(await textsOf()).toEqual(['a', 'b', 'c', 'd']);
});

test('import: a different conversation under the id is refused and nothing is changed', async () => {
  await bring(conversationOf(['a', 'b'], { spec: specOf({ userId: 'u' }) }));
  const refused = { reason: 'SESSION_EXISTS', field: 'session.session_id' };
  await expect(bring(conversationOf(['a', 'x', 'c']))).rejects.toMatchObject(refused);
  await expect(bring(conversationOf(['a', 'b', 'c'], { spec: specOf({ userId: 'v' }) }))).rejects.toMatchObject(
    refused,
  );
  expect(await textsOf()).toEqual(['a', 'b']);
});

test('import: what the service sets, and counts of tokens, make no difference', async () => {
  await bring(conversationOf(['a']));
  const again = { ...said('a', 0), requestId: 'r', tokenCount: 7 };
  expect(await bring(conversationOf([], { messages: [again] }))).toMatchObject({ became: 'UNCHANGED' });
  const other = { ...said('a', 0), author: 'someone' };
  await expect(bring(conversationOf([], { messages: [other] }))).rejects.toMatchObject({ reason: 'SESSION_EXISTS' });
});

test('import: one bad message stores nothing', async () => {
  const messages = [
    said('a', 0),
    messageOf('USER', '', { parts: [{ kind: 'toolCall', id: '', name: 'n', arguments: '' }] }),
  ];
  await expect(bring(conversationOf([], { messages }))).rejects.toMatchObject({
    reason: 'INVALID_FIELD',
    field: 'messages[1].parts[0].tool_call.id',
  });
  expect((await stage.engine.store.sessions.load(stage.caller.tenant, 's', {})).header).toBeNull();
});

test('import: is outside the limit of sessions per user and of a batch', async () => {
  for (let index = 0; index < 12; index += 1) {
    await bring(conversationOf(['a'], { sessionId: `s${index}`, spec: specOf({ userId: 'u' }) }));
  }
  const found = await exported({ userId: 'u' });
  expect(found.map(({ session }) => session?.status)).toEqual(Array.from({ length: 12 }, () => 'ACTIVE'));
  const many = Array.from({ length: 700 }, (_, index) => `m${index}`);
  expect(await bring(conversationOf(many))).toEqual({ became: 'IMPORTED', messageCount: 700 });
});

test('import: what is over stays over', async () => {
  await bring(conversationOf(['a']));
  await stage.end('s');
  expect(await bring(conversationOf(['a']))).toMatchObject({ became: 'UNCHANGED' });
  await expect(bring(conversationOf(['a', 'b']))).rejects.toMatchObject({ reason: 'SESSION_ENDED' });
});

test('import: a deleted session is stored again, and its numbers go on', async () => {
  await bring(conversationOf(['a', 'b']));
  await stage.delete('s');
  const summary = { kind: 'COMPACTION', firstSequence: 1, lastSequence: 2, text: 'both', tokenCount: 1 } as const;
  expect(await bring(conversationOf(['x', 'y'], { summaries: [summary] }))).toMatchObject({ became: 'IMPORTED' });
  const pieces = await exported();
  expect(pieces.flatMap(({ messages }) => messages).map(({ sequence }) => sequence)).toEqual([3, 4]);
  expect(pieces.flatMap(({ summaries }) => summaries)).toMatchObject([summary]);
});

test('import: a key that another session holds stays with it', async () => {
  const spec = specOf({ conversationKey: 'chat' });
  await bring(conversationOf(['a'], { sessionId: 'first', spec }));
  await bring(conversationOf(['b'], { sessionId: 'second', spec }));
  const { header } = await stage.engine.store.sessions.load(stage.caller.tenant, 'first', {});
  expect(header?.claims).toHaveLength(1);
  expect((await stage.engine.store.sessions.findClaim(stage.caller.tenant, header!.claims[0]!))?.sessionId).toBe(
    'first',
  );
});

test('import: racing imports of one conversation store it once', async () => {
  const versions = [['a', 'b'], ['a', 'b', 'c'], ['a'], ['a', 'b', 'c', 'd'], ['a', 'b']];
  const outcomes = await Promise.all(versions.map((texts) => bring(conversationOf(texts))));
  expect(outcomes.filter(({ became }) => became === 'IMPORTED')).toHaveLength(1);
  expect(outcomes.reduce((sum, { messageCount }) => sum + messageCount, 0)).toBe(4);
  expect(await textsOf()).toEqual(['a', 'b', 'c', 'd']);
});

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
  const pieces = await exported();
  expect(pieces.map(({ more }) => more)).toEqual([true, false]);
  expect(pieces[0]?.session).toMatchObject({
    sessionId: 's',
    userId: 'u',
    title: 'T',
    labels: { a: 'b' },
    state: { n: 1 },
  });
  expect(pieces.flatMap((piece) => piece.messages).map(textOf)).toEqual(['a', 'b', 'c']);
  expect(pieces.flatMap((piece) => piece.summaries)).toMatchObject(summaries);
});

test('export: a summary of nothing that is visible is left out', async () => {
  const summary = { kind: 'TURN', firstSequence: 1, lastSequence: 2, text: 'gone', tokenCount: 1 } as const;
  await bring(conversationOf(['a', 'b'], { summaries: [summary] }));
  const call = { kind: 'clearMessages', clearSummaries: false, fresh: stage.engine.fresh() } as const;
  await stage.engine.submit({ ...stage.caller, sessionId: 's', call });
  const [piece] = await exported();
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
  const pieces = await exported();
  expect(pieces.length).toBeGreaterThan(2);
  for (const { messages } of pieces) {
    expect(messages.reduce((sum, { body }) => sum + body.byteLength, 0)).toBeLessThan(3.5 * 1024 * 1024);
  }
  expect(pieces.map(({ more }) => more)).toEqual([...pieces.slice(1).map(() => true), false]);
  expect(pieces.filter(({ session }) => session !== null)).toHaveLength(1);
  expect(pieces.flatMap(({ messages }) => messages).map(textOf)).toEqual(texts);
});

async function* streamOf(pieces: ImportedPiece[]): AsyncGenerator<ImportedPiece> {
  yield* pieces;
}

function pieceOf(sessionId: string | null, texts: string[], more = false): ImportedPiece {
  const session = sessionId === null ? null : { sessionId, spec: specOf() };
  return { session, messages: texts.map(said), summaries: [], more };
}

function bringAll(pieces: ImportedPiece[]) {
  return importConversations(stage.engine, stage.caller, streamOf(pieces));
}

test('importConversations: counts what became of each, and tells why one was refused', async () => {
  await bring(conversationOf(['a'], { sessionId: 'known' }));
  const answer = await bringAll([
    pieceOf('known', ['a']),
    pieceOf('known', ['a', 'b']),
    pieceOf('known', ['different']),
    pieceOf('new', ['a', 'b', 'c']),
    pieceOf('bad id', ['a']),
  ]);
  expect(answer).toMatchObject({
    importedCount: 1,
    appendedCount: 1,
    unchangedCount: 1,
    refusedCount: 2,
    messageCount: 4,
  });
  expect(answer.failures).toMatchObject([
    { position: 3, sessionId: 'known', reason: 'SESSION_EXISTS' },
    { position: 5, sessionId: 'bad id', reason: 'INVALID_FIELD' },
  ]);
});

test('importConversations: pieces come together however they are cut', async () => {
  const texts = ['a', 'b', 'c', 'd', 'e', 'f'];
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 1, max: 5 })), async (cuts) => {
      stage = await Conversations.open();
      const ends = [...cuts.toSorted(), texts.length];
      const all = conversationOf(texts).messages;
      const pieces = ends.map((end, index): ImportedPiece => {
        const messages = all.slice(ends[index - 1] ?? 0, end);
        return { ...pieceOf(index === 0 ? 's' : null, [], end < texts.length), messages };
      });
      expect(await bringAll(pieces)).toMatchObject({ importedCount: 1, messageCount: 6, refusedCount: 0 });
      expect(await textsOf()).toEqual(texts);
    }),
    { numRuns: 20 },
  );
});

test('importConversations: pieces that do not fit together refuse their conversation alone', async () => {
  const answer = await bringAll([
    pieceOf(null, ['a']),
    pieceOf('s1', ['a'], true),
    pieceOf('s2', ['b']),
    pieceOf('s3', ['a']),
    pieceOf('s4', ['a'], true),
  ]);
  expect(answer).toMatchObject({ importedCount: 1, refusedCount: 3 });
  expect(answer.failures.map(({ position, sessionId }) => `${position} ${sessionId}`)).toEqual(['1 ', '2 s1', '4 s4']);
});

test('importConversations: a conversation that is too large is refused, and the next one goes on', async () => {
  const huge = 'x'.repeat(1_000_000);
  const count = Math.ceil(CONVERSATION_BYTES_MAX / huge.length) + 1;
  const pieces = Array.from({ length: count }, (_, index) =>
    pieceOf(index === 0 ? 'huge' : null, [huge], index < count - 1),
  );
  const answer = await bringAll([...pieces, pieceOf('next', ['a'])]);
  expect(answer).toMatchObject({ importedCount: 1, refusedCount: 1, failures: [{ reason: 'LIMIT_EXCEEDED' }] });
});
