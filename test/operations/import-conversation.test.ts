import { beforeEach, expect, test } from 'vitest';
import { specOf } from '../../src/contract/calls.ts';
import type { Conversation } from '../../src/operations/conversation.ts';
import { importConversation } from '../../src/operations/import-conversation.ts';
import { Conversations, conversationOf, messageAt, messageOf } from '../support/conversations.ts';

let stage: Conversations;

beforeEach(async () => {
  stage = await Conversations.open();
});

function bring(conversation: Conversation) {
  return importConversation(stage.engine, stage.caller, conversation);
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
  expect(await stage.textsOf()).toEqual(['a', 'b', 'c', 'd']);
});

test('import: a different conversation under the id is refused and nothing is changed', async () => {
  await bring(conversationOf(['a', 'b'], { spec: specOf({ userId: 'u' }) }));
  const refused = { reason: 'SESSION_EXISTS', field: 'session.session_id' };
  await expect(bring(conversationOf(['a', 'x', 'c']))).rejects.toMatchObject(refused);
  await expect(bring(conversationOf(['a', 'b', 'c'], { spec: specOf({ userId: 'v' }) }))).rejects.toMatchObject(
    refused,
  );
  expect(await stage.textsOf()).toEqual(['a', 'b']);
});

test('import: what the service sets, and counts of tokens, make no difference', async () => {
  await bring(conversationOf(['a']));
  const again = { ...messageAt('a', 0), requestId: 'r', tokenCount: 7 };
  expect(await bring(conversationOf([], { messages: [again] }))).toMatchObject({ became: 'UNCHANGED' });
  const other = { ...messageAt('a', 0), author: 'someone' };
  await expect(bring(conversationOf([], { messages: [other] }))).rejects.toMatchObject({ reason: 'SESSION_EXISTS' });
});

test('import: one bad message stores nothing', async () => {
  const messages = [
    messageAt('a', 0),
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
  const found = await stage.exported({ userId: 'u' });
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
  const pieces = await stage.exported();
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
  expect(await stage.textsOf()).toEqual(['a', 'b', 'c', 'd']);
});
