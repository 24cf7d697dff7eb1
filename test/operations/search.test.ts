import { beforeEach, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/model/limits.ts';
import type { Part } from '../../src/model/message.ts';
import { type SearchHit, type SearchInput, search } from '../../src/operations/search.ts';
import { Conversations, callerOf, messageOf } from '../support/conversations.ts';

const ALL: SearchInput = {
  query: 'flight',
  scope: { kind: 'tenant' },
  roles: [],
  startAt: null,
  endAt: null,
  pageSize: 0,
  pageToken: '',
};

let stage: Conversations;

beforeEach(async () => {
  stage = await Conversations.open();
});

async function find(input: Partial<SearchInput> = {}) {
  return search(stage.engine, stage.caller, { ...ALL, ...input });
}

function places(hits: readonly SearchHit[]): string[] {
  return hits.map(({ sessionId, sequence }) => `${sessionId}/${sequence}`);
}

test('search: the best match is first, and says what it holds and where', async () => {
  await stage.start('a');
  await stage.say('a', [
    'a refund',
    messageOf('ASSISTANT', 'Your Flíght was cancelled, the refund is on its way'),
    'thank you',
  ]);
  const { hits, nextPageToken } = await find({ query: 'Refund FLIGHT refund' });
  expect(places(hits)).toEqual(['a/2', 'a/1']);
  expect(hits[0]).toMatchObject({ role: 'ASSISTANT', why: ['Refund', 'FLIGHT'], createdAt: stage.clock.wallAt() });
  const characters = Array.from(hits[0]!.snippet);
  const marked = hits[0]!.marks.map(({ start, length }) => characters.slice(start, start + length).join(''));
  expect(marked).toEqual(['Flíght', 'refund']);
  expect(hits[0]!.score).toBeGreaterThan(hits[1]!.score);
  expect(nextPageToken).toBe('');
});

test('search: of equal matches the newest is first', async () => {
  await stage.start('a');
  await stage.say('a', ['my flight']);
  stage.clock.advance(1000);
  await stage.say('a', ['my flight']);
  await stage.start('b');
  await stage.say('b', ['my flight']);
  expect(places((await find()).hits)).toEqual(['a/2', 'b/1', 'a/1']);
});

test('search: looks into tool calls, results and typed JSON', async () => {
  await stage.start('a');
  const call: Part = { kind: 'toolCall', id: 'c', name: 'find_flight', arguments: '{"to":"Oslo"}' };
  const result: Part = { kind: 'toolResult', callId: 'c', name: '', content: 'HAT136', parts: [], isError: false };
  await stage.say('a', [messageOf('ASSISTANT', '', { parts: [call] }), messageOf('TOOL', '', { parts: [result] })]);
  expect(places((await find({ query: 'oslo' })).hits)).toEqual(['a/1']);
  expect(places((await find({ query: 'hat136' })).hits)).toEqual(['a/2']);
});

test('search: stays inside its scope, roles and time', async () => {
  await stage.start('a', { userId: 'u1', agentId: 'bot' });
  await stage.start('b', { userId: 'u2', agentId: 'bot' });
  await stage.say('a', ['flight a']);
  stage.clock.advance(1000);
  const at = stage.clock.wallAt();
  await stage.say('b', [messageOf('ASSISTANT', 'flight b')]);
  const inScope = async (input: Partial<SearchInput>) => places((await find(input)).hits);
  expect(await inScope({ scope: { kind: 'session', id: 'a' } })).toEqual(['a/1']);
  expect(await inScope({ scope: { kind: 'user', id: 'u2' } })).toEqual(['b/1']);
  expect(await inScope({ scope: { kind: 'agent', id: 'bot' } })).toEqual(['b/1', 'a/1']);
  expect(await inScope({ scope: { kind: 'user', id: 'nobody' } })).toEqual([]);
  expect(await inScope({ roles: ['ASSISTANT'] })).toEqual(['b/1']);
  expect(await inScope({ startAt: at })).toEqual(['b/1']);
  expect(await inScope({ endAt: at })).toEqual(['a/1']);
});

test('search: hidden messages and deleted sessions are out of sight', async () => {
  await stage.start('a');
  await stage.start('b');
  await stage.say('a', ['flight 1', 'flight 2']);
  await stage.say('b', ['flight']);
  await stage.rewind('a', 1);
  await stage.delete('b');
  expect(places((await find()).hits)).toEqual(['a/1']);
});

test('search: pages hold every hit once, without what is added meanwhile', async () => {
  await stage.start('a');
  for (let index = 0; index < 7; index += 1) {
    await stage.say('a', [`flight ${'x '.repeat(index % 3)}`]);
    stage.clock.advance(10);
  }
  const whole = places((await find()).hits);
  const paged: string[] = [];
  for (let pageToken = ''; ; ) {
    const answer = await find({ pageSize: 2, pageToken });
    paged.push(...places(answer.hits));
    if (answer.nextPageToken === '') break;
    pageToken = answer.nextPageToken;
    stage.clock.advance(10);
    await stage.say('a', ['flight flight flight']);
  }
  expect(paged).toEqual(whole);
});

test('search: a page ends before its answer is too large', async () => {
  stage = await Conversations.open({ limits: { ...DEFAULT_LIMITS, answerBytesMax: 2000 } });
  await stage.start('a');
  await stage.say('a', ['flight 1', 'flight 2', 'flight 3', 'flight 4', 'flight 5']);
  const { hits, nextPageToken } = await find();
  expect(hits).toHaveLength(3);
  expect((await find({ pageToken: nextPageToken })).hits).toHaveLength(2);
});

test('search: looks for the first hundred words of a query', async () => {
  await stage.start('a');
  await stage.say('a', ['w99', 'w100']);
  const query = Array.from({ length: 150 }, (_, index) => `w${index}`).join(' ');
  expect(places((await find({ query })).hits)).toEqual(['a/1']);
});

test('search: is no access', async () => {
  const { header } = await stage.start('a');
  stage.clock.advance(3_600_000);
  await find({ scope: { kind: 'session', id: 'a' } });
  const { header: after } = await stage.engine.store.sessions.load(stage.caller.tenant, 'a', {});
  expect(after).toEqual(header);
});

test('search: a page token holds for its tenant and query only', async () => {
  await stage.start('a');
  await stage.say('a', ['flight', 'flight']);
  const { nextPageToken: pageToken } = await find({ pageSize: 1 });
  const refused = { reason: 'PAGE_TOKEN_INVALID' };
  await expect(find({ query: 'flights', pageToken })).rejects.toMatchObject(refused);
  await expect(find({ roles: ['USER'], pageToken })).rejects.toMatchObject(refused);
  await expect(search(stage.engine, callerOf('other'), { ...ALL, pageToken })).rejects.toMatchObject(refused);
});

test('search: another tenant finds nothing, and not even the session', async () => {
  await stage.start('a', { userId: 'u1' });
  await stage.say('a', ['flight']);
  const other = callerOf('other');
  expect((await search(stage.engine, other, ALL)).hits).toEqual([]);
  expect((await search(stage.engine, other, { ...ALL, scope: { kind: 'user', id: 'u1' } })).hits).toEqual([]);
  await expect(search(stage.engine, other, { ...ALL, scope: { kind: 'session', id: 'a' } })).rejects.toMatchObject({
    reason: 'SESSION_NOT_FOUND',
  });
});

test.each<[Partial<SearchInput>, string]>([
  [{ query: '' }, 'query'],
  [{ query: '… !' }, 'query'],
  [{ query: 'x'.repeat(1001) }, 'query'],
  [{ pageSize: -1 }, 'page_size'],
  [{ scope: { kind: 'user', id: '' } }, 'user_id'],
  [{ startAt: 2, endAt: 1 }, 'start_time'],
])('search: %j is refused and the field is named', async (input, field) => {
  await expect(find(input)).rejects.toMatchObject({ reason: 'INVALID_FIELD', field });
});
