import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/model/limits.ts';
import { decodeWatchToken } from '../../src/model/watch-token.ts';
import { type ListInput, list } from '../../src/operations/list.ts';
import { Conversations, callerOf } from '../support/conversations.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const ALL: ListInput = {
  userId: '',
  agentId: '',
  channel: '',
  conversationKey: '',
  statuses: [],
  labels: {},
  titleQuery: '',
  createdAfter: null,
  createdBefore: null,
  accessedAfter: null,
  accessedBefore: null,
  orderBy: '',
  pageSize: 0,
  pageToken: '',
};

let stage: Conversations;

beforeEach(async () => {
  stage = await Conversations.open();
});

async function idsOf(input: Partial<ListInput> = {}): Promise<string[]> {
  const { sessions } = await list(stage.engine, stage.caller, { ...ALL, ...input });
  return sessions.map(({ sessionId }) => sessionId);
}

/** Reads all pages, with something done between two. */
async function pagesOf(input: Partial<ListInput>, between: (page: number) => Promise<unknown>): Promise<string[]> {
  const ids: string[] = [];
  for (let pageToken = '', page = 0; ; page += 1) {
    const answer = await list(stage.engine, stage.caller, { ...ALL, ...input, pageToken });
    ids.push(...answer.sessions.map(({ sessionId }) => sessionId));
    if (answer.nextPageToken === '') return ids;
    pageToken = answer.nextPageToken;
    await between(page);
  }
}

test('list: the newest session is first, and order_by turns it round', async () => {
  for (const id of ['a', 'b', 'c']) {
    await stage.start(id);
    stage.clock.advance(1000);
  }
  expect(await idsOf()).toEqual(['c', 'b', 'a']);
  expect(await idsOf({ orderBy: 'create_time asc' })).toEqual(['a', 'b', 'c']);
  stage.clock.advance(HOUR_MS);
  await stage.say('b', ['again']);
  expect((await idsOf({ orderBy: 'last_access_time desc' }))[0]).toBe('b');
});

test('list: keeps what matches every filter', async () => {
  const first = {
    userId: 'u1',
    agentId: 'bot',
    channel: 'web',
    title: 'Lost Luggage',
    labels: { tier: 'gold', x: '1' },
  };
  await stage.start('a', first);
  stage.clock.advance(1000);
  await stage.start('b', { userId: 'u1', agentId: 'bot2', conversationKey: 'chat-7', labels: { tier: 'gold' } });
  expect(await idsOf({ userId: 'u1' })).toEqual(['b', 'a']);
  expect(await idsOf({ userId: 'u1', agentId: 'bot' })).toEqual(['a']);
  expect(await idsOf({ channel: 'web' })).toEqual(['a']);
  expect(await idsOf({ conversationKey: 'chat-7' })).toEqual(['b']);
  expect(await idsOf({ labels: { tier: 'gold' } })).toEqual(['b', 'a']);
  expect(await idsOf({ labels: { tier: 'gold', x: '1' } })).toEqual(['a']);
  expect(await idsOf({ titleQuery: 'luGGage' })).toEqual(['a']);
  const createdAt = stage.clock.wallAt();
  expect(await idsOf({ createdAfter: createdAt - 1 })).toEqual(['b']);
  expect(await idsOf({ createdAfter: createdAt })).toEqual([]);
  expect(await idsOf({ createdBefore: createdAt })).toEqual(['a']);
});

test('list: tells the status of this moment, although no sweep has marked it', async () => {
  await stage.start('dormant', { terms: { dormantAfterMs: HOUR_MS, ttlMs: 9 * HOUR_MS } });
  await stage.start('expired', { terms: { ttlMs: HOUR_MS } });
  await stage.start('active');
  await stage.start('ended');
  await stage.end('ended');
  stage.clock.advance(2 * HOUR_MS);
  const statuses = async (input: Partial<ListInput>) =>
    (await list(stage.engine, stage.caller, { ...ALL, ...input })).sessions.map(({ status }) => status);
  expect(await idsOf({ statuses: ['ACTIVE'] })).toEqual(['active']);
  expect(await idsOf({ statuses: ['DORMANT'] })).toEqual(['dormant']);
  expect(await idsOf({ statuses: ['EXPIRED'] })).toEqual(['expired']);
  expect(await idsOf({ statuses: ['ENDED'] })).toEqual(['ended']);
  expect((await idsOf()).sort()).toEqual(['active', 'dormant']);
  expect(await statuses({ statuses: ['EXPIRED', 'ENDED'] })).toEqual(expect.arrayContaining(['EXPIRED', 'ENDED']));
});

test('list: is no access', async () => {
  const { header } = await stage.start('a');
  stage.clock.advance(HOUR_MS);
  const { sessions } = await list(stage.engine, stage.caller, ALL);
  expect(sessions[0]?.lastAccessAt).toBe(header.lastAccessAt);
});

test('list: pages hold every session once, in order, while others are added and deleted', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(3), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom('create_time desc', 'create_time asc'),
      async (pauses, pageSize, orderBy) => {
        stage = await Conversations.open();
        for (const [index, pause] of pauses.entries()) {
          stage.clock.advance(pause);
          await stage.start(`s${index}`);
        }
        const before = await idsOf({ orderBy, pageSize: 1000 });
        const paged = await pagesOf({ orderBy, pageSize }, async (page) => {
          stage.clock.advance(1);
          await stage.start(`new${page}`);
          await stage.delete(`new${page}`);
          if (page === 0) await stage.start('stays');
        });
        expect(paged.filter((id) => id !== 'stays')).toEqual(before);
        expect(paged.filter((id) => id === 'stays').length).toBeLessThanOrEqual(1);
      },
    ),
    { numRuns: 30 },
  );
});

test('list: a page ends before its answer is too large, and the next goes on', async () => {
  stage = await Conversations.open({ limits: { ...DEFAULT_LIMITS, answerBytesMax: 70_000 } });
  for (let index = 0; index < 6; index += 1) {
    await stage.start(`s${index}`, { state: { text: 'x'.repeat(30_000) } });
    stage.clock.advance(1);
  }
  expect(await idsOf()).toEqual(['s5', 's4']);
  expect(await pagesOf({}, async () => {})).toEqual(['s5', 's4', 's3', 's2', 's1', 's0']);
});

test('list: a page token holds for its tenant, filters and order only', async () => {
  for (const id of ['a', 'b', 'c']) await stage.start(id, { labels: { x: '1', y: '2' } });
  const page = { ...ALL, labels: { x: '1', y: '2' }, pageSize: 1 };
  const { nextPageToken: pageToken } = await list(stage.engine, stage.caller, page);
  const refused = { reason: 'PAGE_TOKEN_INVALID', field: 'page_token' };
  const again = { ...page, labels: { y: '2', x: '1' }, pageSize: 2, pageToken };
  expect((await list(stage.engine, stage.caller, again)).sessions).toHaveLength(2);
  await expect(list(stage.engine, callerOf('other'), { ...page, pageToken })).rejects.toMatchObject(refused);
  await expect(list(stage.engine, stage.caller, { ...page, userId: 'u', pageToken })).rejects.toMatchObject(refused);
  await expect(list(stage.engine, stage.caller, { ...page, pageToken: `${pageToken}x` })).rejects.toMatchObject(
    refused,
  );
  await expect(list(stage.engine, stage.caller, { ...page, pageToken: 'nonsense' })).rejects.toMatchObject(refused);
});

test('list: another tenant sees nothing', async () => {
  await stage.start('a');
  expect((await list(stage.engine, callerOf('other'), ALL)).sessions).toEqual([]);
});

test('list: its watch_token stands where the event log ended before the read', async () => {
  const { engine, caller } = stage;
  await stage.start('a');
  await stage.end('a');
  const { watchToken } = await list(engine, caller, ALL);
  await stage.delete('a');
  const { tokenSecret, storeId } = engine.store;
  const position = decodeWatchToken({ secret: tokenSecret, storeId, tenant: caller.tenant }, watchToken);
  const [missed] = await engine.store.events.read(caller.tenant, position.number, 10);
  expect(missed?.events).toMatchObject([{ kind: 'DELETED', sessionId: 'a' }]);
});

test.each([
  [{ orderBy: 'title' }, 'order_by'],
  [{ orderBy: 'constructor' }, 'order_by'],
  [{ pageSize: -1 }, 'page_size'],
  [{ userId: 'a\u0000' }, 'user_id'],
  [{ agentId: 'a b' }, 'agent_id'],
])('list: %j is refused and the field is named', async (input, field) => {
  await expect(list(stage.engine, stage.caller, { ...ALL, ...input })).rejects.toMatchObject({
    reason: 'INVALID_FIELD',
    field,
  });
});
