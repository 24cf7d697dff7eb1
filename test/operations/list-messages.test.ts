import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/model/limits.ts';
import { type ListMessagesInput, listMessages } from '../../src/operations/list-messages.ts';
import { Conversations, callerOf, messageOf } from '../support/conversations.ts';

const HOUR_MS = 3_600_000;

const ALL: ListMessagesInput = {
  sessionId: 's',
  minVersion: 0,
  afterSequence: 0,
  beforeSequence: 0,
  last: 0,
  messageIds: [],
  roles: [],
  sentAfter: null,
  includeSummaries: false,
  includeFiles: false,
  peek: false,
  pageSize: 0,
  pageToken: '',
};

let stage: Conversations;

beforeEach(async () => {
  stage = await Conversations.open();
  await stage.start('s');
});

async function read(input: Partial<ListMessagesInput> = {}) {
  return listMessages(stage.engine, stage.caller, { ...ALL, ...input });
}

async function sequencesOf(input: Partial<ListMessagesInput> = {}): Promise<number[]> {
  return (await read(input)).messages.map(({ sequence }) => sequence);
}

test('listMessages: bounds exclude, and last counts from the newest', async () => {
  await stage.say('s', ['1', '2', '3', '4', '5']);
  expect(await sequencesOf()).toEqual([1, 2, 3, 4, 5]);
  expect(await sequencesOf({ afterSequence: 2 })).toEqual([3, 4, 5]);
  expect(await sequencesOf({ beforeSequence: 3 })).toEqual([1, 2]);
  expect(await sequencesOf({ last: 2 })).toEqual([4, 5]);
  expect(await sequencesOf({ last: 2, beforeSequence: 4 })).toEqual([2, 3]);
  expect(await sequencesOf({ last: 9, afterSequence: 3 })).toEqual([4, 5]);
});

test('listMessages: keeps what matches every filter', async () => {
  await stage.say('s', [
    messageOf('USER', 'a', { messageId: 'm1', sentAt: 1000 }),
    messageOf('ASSISTANT', 'b', { messageId: 'm2', sentAt: 2000 }),
    messageOf('USER', 'c'),
  ]);
  expect(await sequencesOf({ messageIds: ['m2', 'm1', 'unknown'] })).toEqual([1, 2]);
  expect(await sequencesOf({ messageIds: ['m1', 'm2'], last: 1 })).toEqual([2]);
  expect(await sequencesOf({ messageIds: ['m1', 'm2'], roles: ['USER'] })).toEqual([1]);
  expect(await sequencesOf({ roles: ['USER'] })).toEqual([1, 3]);
  expect(await sequencesOf({ roles: ['USER'], last: 1 })).toEqual([3]);
  expect(await sequencesOf({ sentAfter: 1000 })).toEqual([2, 3]);
  expect(await sequencesOf({ sentAfter: 999 })).toEqual([1, 2, 3]);
});

test('listMessages: a message without sent_time counts from its create_time', async () => {
  const { header } = await stage.say('s', ['a']);
  expect(await sequencesOf({ sentAfter: header.lastAccessAt - 1 })).toEqual([1]);
  expect(await sequencesOf({ sentAfter: header.lastAccessAt })).toEqual([]);
});

test('listMessages: hidden messages are not there, by whatever they are asked', async () => {
  await stage.say('s', ['1', messageOf('USER', '2', { messageId: 'gone' }), '3']);
  await stage.rewind('s', 1);
  await stage.say('s', ['4']);
  expect(await sequencesOf()).toEqual([1, 4]);
  expect(await sequencesOf({ last: 2 })).toEqual([1, 4]);
  expect(await sequencesOf({ messageIds: ['gone'] })).toEqual([]);
  expect(await sequencesOf({ afterSequence: 1 })).toEqual([4]);
});

test('listMessages: pages hold every message once while others are appended', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 25 }),
      fc.integer({ min: 1, max: 7 }),
      fc.constantFrom<ListMessagesInput['roles']>([], ['USER']),
      async (count, pageSize, roles) => {
        stage = await Conversations.open();
        await stage.start('s');
        await stage.say(
          's',
          Array.from({ length: count }, (_, index) => messageOf(index % 3 === 0 ? 'ASSISTANT' : 'USER', 'x')),
        );
        const whole = await sequencesOf({ roles, pageSize: 1000 });
        const paged: number[] = [];
        for (let pageToken = ''; ; ) {
          const answer = await read({ roles, pageSize, pageToken });
          paged.push(...answer.messages.map(({ sequence }) => sequence));
          if (answer.nextPageToken === '') break;
          pageToken = answer.nextPageToken;
          if (paged.length <= pageSize) await stage.say('s', ['late']);
        }
        expect(paged.filter((sequence) => sequence <= count)).toEqual(whole);
        expect(new Set(paged).size).toBe(paged.length);
      },
    ),
    { numRuns: 30 },
  );
});

test('listMessages: a page ends before its answer is too large, but has one message', async () => {
  stage = await Conversations.open({ limits: { ...DEFAULT_LIMITS, answerBytesMax: 5000 } });
  await stage.start('s');
  await stage.say('s', ['a'.repeat(2000), 'b'.repeat(2000), 'c'.repeat(2000), 'd'.repeat(9000)]);
  const first = await read();
  expect(first.messages.map(({ sequence }) => sequence)).toEqual([1, 2]);
  const second = await read({ pageToken: first.nextPageToken });
  expect(second.messages.map(({ sequence }) => sequence)).toEqual([3]);
  const third = await read({ pageToken: second.nextPageToken });
  expect(third.messages.map(({ sequence }) => sequence)).toEqual([4]);
  expect(third.nextPageToken).toBe('');
  expect(await sequencesOf({ last: 4 })).toEqual([4]);
});

test('listMessages: inline files come without their bytes unless they are asked for', async () => {
  const data = new Uint8Array([1, 2, 3]);
  const file = { kind: 'file', mimeType: 'image/png', filename: 'a.png', data } as const;
  const result = { kind: 'toolResult', callId: 'c', name: 't', content: '', parts: [file], isError: false } as const;
  await stage.say('s', [messageOf('USER', '', { parts: [file, { ...result, parts: [file] }] })]);
  const decode = async (includeFiles: boolean) => {
    const { messages } = await read({ includeFiles });
    return stage.engine.codec.decode(messages[0]!.body).parts;
  };
  const bare = { kind: 'file', mimeType: 'image/png', filename: 'a.png' };
  expect(await decode(false)).toEqual([bare, { ...result, parts: [bare] }]);
  expect(await decode(true)).toEqual([file, { ...result, parts: [file] }]);
});

test('listMessages: is an access unless it peeks', async () => {
  const { header } = await stage.say('s', ['a']);
  stage.clock.advance(HOUR_MS);
  const peeked = await read({ peek: true });
  expect(peeked.head.expireAt).toBe(header.deadlines.expireAt);
  const accessed = await read();
  expect(accessed.head.expireAt).toBeGreaterThan(header.deadlines.expireAt!);
  stage.clock.advance(11 * HOUR_MS);
  expect((await read()).head).toMatchObject({ resumed: true, generation: 2, status: 'ACTIVE' });
});

test('listMessages: what is over is read by peek alone', async () => {
  await stage.say('s', ['a']);
  await stage.end('s');
  await expect(read()).rejects.toMatchObject({ reason: 'SESSION_ENDED' });
  expect(await sequencesOf({ peek: true })).toEqual([1]);
});

test('listMessages: summaries come on the first page, when they are asked for', async () => {
  await stage.say('s', ['1', '2', '3']);
  const summary = { kind: 'COMPACTION', firstSequence: 1, lastSequence: 2, text: 'so far', tokenCount: 2 } as const;
  await stage.engine.submit({
    ...stage.caller,
    sessionId: 's',
    call: { kind: 'addSummary', summary: { ...summary, source: 'CALLER' }, fresh: stage.engine.fresh() },
  });
  expect((await read()).summaries).toEqual([]);
  const first = await read({ includeSummaries: true, pageSize: 2 });
  expect(first.summaries).toMatchObject([summary]);
  const second = await read({ includeSummaries: true, pageSize: 2, pageToken: first.nextPageToken });
  expect(second.summaries).toEqual([]);
});

test('listMessages: a version above the session is refused with the current one', async () => {
  const { header } = await stage.say('s', ['a']);
  expect((await read({ minVersion: header.version })).head.version).toBe(header.version);
  await expect(read({ minVersion: header.version + 1 })).rejects.toMatchObject({
    reason: 'VERSION_MISMATCH',
    metadata: { current_version: String(header.version) },
  });
});

test('listMessages: a page token holds for its session and filters only', async () => {
  await stage.start('t');
  await stage.say('s', ['1', '2', '3']);
  const { nextPageToken: pageToken } = await read({ pageSize: 1 });
  const refused = { reason: 'PAGE_TOKEN_INVALID' };
  await expect(read({ sessionId: 't', pageToken })).rejects.toMatchObject(refused);
  await expect(read({ roles: ['USER'], pageToken })).rejects.toMatchObject(refused);
  expect(await sequencesOf({ pageSize: 5, pageToken })).toEqual([2, 3]);
});

test.each([
  [{ last: 1, pageSize: 1 }, 'INVALID_FIELD', 'page_size'],
  [{ last: 1, pageToken: 'x' }, 'INVALID_FIELD', 'page_token'],
  [{ pageSize: -1 }, 'INVALID_FIELD', 'page_size'],
  [{ sessionId: '' }, 'INVALID_FIELD', 'session_id'],
  [{ messageIds: Array.from({ length: 101 }, String) }, 'LIMIT_EXCEEDED', 'message_ids'],
])('listMessages: %j is refused as %s', async (input, reason, field) => {
  await expect(read(input)).rejects.toMatchObject({ reason, field });
});

test("listMessages: another tenant's session is not found", async () => {
  await expect(listMessages(stage.engine, callerOf('other'), ALL)).rejects.toMatchObject({
    reason: 'SESSION_NOT_FOUND',
  });
});
