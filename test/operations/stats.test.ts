import { beforeEach, expect, test } from 'vitest';
import { emptyActivity } from '../../src/model/activity.ts';
import type { ActivityReport, Call } from '../../src/model/call.ts';
import { withDuration } from '../../src/model/stats/histogram.ts';
import { type StatsInput, stats } from '../../src/operations/stats.ts';
import { Conversations, callerOf, messageOf } from '../support/conversations.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const TENANT: StatsInput = { scope: { kind: 'tenant' }, startAt: null, endAt: null, bucketMs: null };

let stage: Conversations;

beforeEach(async () => {
  stage = await Conversations.open();
});

function ask(input: Partial<StatsInput> = {}, caller = stage.caller) {
  return stats(stage.engine, caller, { ...TENANT, ...input });
}

async function groupOf(input: Partial<StatsInput> = {}) {
  const { figures } = await ask(input);
  if (figures.kind !== 'group') throw new Error(`${figures.kind} is no group`);
  return figures.group;
}

function report(sessionId: string, activity: ActivityReport) {
  const call: Call = { kind: 'recordActivity', activity, fresh: stage.engine.fresh() };
  return stage.engine.submit({ ...stage.caller, sessionId, call });
}

test('stats: of a session are its messages by role, tools, errors, times and durations', async () => {
  await stage.start('s');
  await stage.say('s', [
    messageOf('USER', 'hi', { tokenCount: 3 }),
    messageOf('USER', 'again', { tokenCount: 4 }),
    messageOf('ASSISTANT', 'hello', { tokenCount: 10 }),
  ]);
  await report('s', { toolCall: { callId: 'c1', name: 'lookup', durationMs: 200, success: true } });
  await report('s', { toolCall: { callId: 'c2', name: 'lookup', durationMs: 400, success: false } });
  await report('s', { error: { message: 'boom' }, responseTimeMs: 1000 });
  const lastAt = stage.clock.wallAt();
  stage.clock.advance(MINUTE_MS);
  const { figures, buckets } = await ask({ scope: { kind: 'session', id: 's' } });
  expect(buckets).toEqual([]);
  expect(figures).toMatchObject({
    kind: 'session',
    session: {
      sessionId: 's',
      status: 'ACTIVE',
      counters: { messageCount: 3, inputTokens: 7, outputTokens: 10, toolCallCount: 2, errorCount: 1, lastSequence: 3 },
      roles: [
        { role: 'USER', messageCount: 2, tokenCount: 7 },
        { role: 'ASSISTANT', messageCount: 1, tokenCount: 10 },
      ],
      tools: [{ name: 'lookup', callCount: 2, failureCount: 1, totalDurationMs: 600, averageDurationMs: 300 }],
      lastError: { message: 'boom', at: lastAt },
      responseTimes: { count: 1, averageMs: 1000 },
      durationMs: 0,
      idleMs: MINUTE_MS,
    },
  });
});

test('stats: hidden messages do not count', async () => {
  await stage.start('s');
  await stage.say('s', ['1', '2', '3']);
  await stage.rewind('s', 1);
  const { figures } = await ask({ scope: { kind: 'session', id: 's' } });
  expect(figures).toMatchObject({ session: { roles: [{ role: 'USER', messageCount: 1 }] } });
  expect(await groupOf()).toMatchObject({ messageCount: 1 });
});

test('stats: of a group are its sessions by status, channel, outcome and quality', async () => {
  await stage.start('a', { channel: 'web', userId: 'u', agentId: 'bot' });
  await stage.start('b', { channel: 'web', userId: 'u', agentId: 'bot' });
  await stage.start('c', { channel: 'api', userId: 'v', agentId: 'bot2' });
  await stage.start('d', { channel: 'api', userId: 'v', terms: { ttlMs: HOUR_MS } });
  await stage.say('a', ['1', '2', '3', '4']);
  stage.clock.advance(10 * MINUTE_MS);
  await stage.end('a', 'COMPLETED', '', 5);
  await stage.end('b', 'FAILED', 'timed out', 2);
  stage.clock.advance(2 * HOUR_MS);
  const group = await groupOf();
  expect(group).toMatchObject({
    sessionCount: 4,
    statuses: [
      { status: 'ACTIVE', sessionCount: 1 },
      { status: 'EXPIRED', sessionCount: 1 },
      { status: 'ENDED', sessionCount: 2 },
    ],
    channels: [
      { channel: 'api', sessionCount: 2 },
      { channel: 'web', sessionCount: 2 },
    ],
    successRate: 0.5,
    failures: [{ reason: 'timed out', sessionCount: 1 }],
    averageQuality: 3.5,
    qualityCount: 2,
    messageCount: 4,
    averageMessages: 1,
    activeAgents: [{ agentId: 'bot2', activeSessions: 1, agentStatus: '', agentStatusAt: null }],
  });
  expect(group.averageDurationMs).toBe((10 * MINUTE_MS + 10 * MINUTE_MS + 0 + HOUR_MS) / 4);
  expect(await groupOf({ scope: { kind: 'user', id: 'u' } })).toMatchObject({ sessionCount: 2, qualityCount: 2 });
  expect(await groupOf({ scope: { kind: 'agent', id: 'bot2' } })).toMatchObject({ sessionCount: 1, qualityCount: 0 });
  expect(await groupOf({ scope: { kind: 'user', id: 'nobody' } })).toMatchObject({ sessionCount: 0, successRate: 0 });
});

test('stats: what an agent reported without a session counts for it and its tenant', async () => {
  await stage.start('s', { agentId: 'bot' });
  await report('s', { responseTimeMs: 100, agentStatus: 'working' });
  stage.clock.advance(1000);
  const { tenant } = stage.caller;
  const updatedAt = stage.clock.wallAt();
  const activity = {
    ...emptyActivity(),
    errorCount: 2,
    responseTimes: withDuration({}, 300),
    totalResponseMs: 300,
    agentStatus: 'idle',
    agentStatusAt: updatedAt,
  };
  const own = { tenant, agentId: 'bot', rev: 1, updatedAt, activity, requestIds: [], toolCalls: [] };
  expect(await stage.engine.store.agents.commit(own, 0)).toBe(true);
  const expected = {
    errorCount: 2,
    responseTimes: { count: 2, averageMs: 200 },
    activeAgents: [{ agentId: 'bot', activeSessions: 1, agentStatus: 'idle', agentStatusAt: updatedAt }],
  };
  expect(await groupOf()).toMatchObject(expected);
  expect(await groupOf({ scope: { kind: 'agent', id: 'bot' } })).toMatchObject(expected);
  expect(await groupOf({ scope: { kind: 'user', id: 'u' } })).toMatchObject({ errorCount: 0 });
});

test('stats: a window holds the sessions created and the messages stored in it', async () => {
  const startAt = stage.clock.wallAt();
  await stage.start('a');
  await stage.say('a', ['1']);
  stage.clock.advance(HOUR_MS);
  await stage.start('b');
  await stage.say('a', ['2', '3']);
  const secondAt = stage.clock.wallAt();
  expect(await groupOf({ startAt, endAt: secondAt })).toMatchObject({ sessionCount: 1, messageCount: 1 });
  expect(await groupOf({ startAt: secondAt })).toMatchObject({ sessionCount: 1, messageCount: 2 });
  expect(await groupOf({ startAt: secondAt + 1 })).toMatchObject({ sessionCount: 0, messageCount: 0 });
});

test('stats: a series has every bucket and adds up to the figures', async () => {
  const startAt = stage.clock.wallAt();
  await stage.start('a');
  await stage.say('a', [messageOf('ASSISTANT', 'x', { tokenCount: 5 }), messageOf('USER', 'y', { tokenCount: 2 })]);
  await stage.start('x', { terms: { ttlMs: HOUR_MS } });
  stage.clock.advance(2.5 * HOUR_MS);
  await stage.start('b');
  await stage.end('a');
  await stage.end('b', 'FAILED');
  const scopes = { startAt, endAt: startAt + 4 * HOUR_MS, bucketMs: HOUR_MS };
  const { buckets } = await ask(scopes);
  expect(buckets.map((bucket) => bucket.startAt - startAt)).toEqual([0, HOUR_MS, 2 * HOUR_MS, 3 * HOUR_MS]);
  const empty = {
    sessionsCreated: 0,
    sessionsCompleted: 0,
    sessionsFailed: 0,
    sessionsExpired: 0,
    messageCount: 0,
    inputTokens: 0,
    outputTokens: 0,
  };
  expect(buckets).toMatchObject([
    { ...empty, sessionsCreated: 2, messageCount: 2, inputTokens: 2, outputTokens: 5 },
    { ...empty, sessionsExpired: 1 },
    { ...empty, sessionsCreated: 1, sessionsCompleted: 1, sessionsFailed: 1 },
    empty,
  ]);
});

test('stats: a series shows the end of a session that was created before it', async () => {
  await stage.start('a');
  stage.clock.advance(HOUR_MS);
  const startAt = stage.clock.wallAt();
  await stage.end('a');
  const { figures, buckets } = await ask({ startAt, bucketMs: HOUR_MS });
  expect(buckets).toMatchObject([{ sessionsCreated: 0, sessionsCompleted: 1 }]);
  expect(figures).toMatchObject({ group: { sessionCount: 0 } });
});

test('stats: of the instance are the sessions of all tenants and what this process did', async () => {
  const startedAt = stage.clock.wallAt();
  await stage.start('a');
  await stage.start('a', {}, callerOf('other'));
  await stage.start('b');
  await stage.end('b');
  await stage.start('c', { terms: { ttlMs: HOUR_MS } });
  stage.clock.advance(2 * HOUR_MS);
  const before = await ask({ scope: { kind: 'instance' } });
  expect(before.figures).toMatchObject({ instance: { sweeperBacklog: 1, sessionCounts: { ACTIVE: 3 } } });
  await stage.engine.sweeper.sweepOnce();
  stage.clock.advance(HOUR_MS);
  await stage.say('a', ['now']);
  const { figures } = await ask({ scope: { kind: 'instance' } });
  expect(figures).toMatchObject({
    kind: 'instance',
    instance: {
      sessionCounts: { ACTIVE: 2, DORMANT: 0, EXPIRED: 1, ENDED: 1 },
      activity: { startedAt, expiries: 1, dormancies: 1, watchers: 0 },
      dormantAfterMs: 10 * HOUR_MS,
      ttlMs: 20 * HOUR_MS,
      isDualTtl: true,
      isSliding: true,
      longestIdleMs: 3 * HOUR_MS,
      shortestIdleMs: 0,
      averageIdleMs: 1.5 * HOUR_MS,
      sweeperBacklog: 0,
    },
  });
});

test('stats: are no access, and another tenant sees none of them', async () => {
  const { header } = await stage.start('s', { userId: 'u' });
  stage.clock.advance(HOUR_MS);
  await ask({ scope: { kind: 'session', id: 's' } });
  expect((await stage.engine.store.sessions.load(stage.caller.tenant, 's', {})).header).toEqual(header);
  const other = callerOf('other');
  await expect(ask({ scope: { kind: 'session', id: 's' } }, other)).rejects.toMatchObject({
    reason: 'SESSION_NOT_FOUND',
  });
  expect((await ask({}, other)).figures).toMatchObject({ group: { sessionCount: 0 } });
});

test.each<[Partial<StatsInput>, string, string]>([
  [{ scope: { kind: 'user', id: '' } }, 'INVALID_FIELD', 'user_id'],
  [{ scope: { kind: 'instance' }, startAt: 1 }, 'INVALID_FIELD', 'start_time'],
  [{ scope: { kind: 'instance' }, bucketMs: 1000 }, 'INVALID_FIELD', 'bucket'],
  [{ startAt: 2, endAt: 2 }, 'INVALID_FIELD', 'start_time'],
  [{ bucketMs: 1000 }, 'INVALID_FIELD', 'start_time'],
  [{ startAt: 0, endAt: 10_000, bucketMs: 999 }, 'INVALID_FIELD', 'bucket'],
  [{ startAt: 0, endAt: 1_000_001, bucketMs: 1000 }, 'LIMIT_EXCEEDED', 'bucket'],
])('stats: %j is refused as %s', async (input, reason, field) => {
  await expect(ask(input)).rejects.toMatchObject({ reason, field });
});

test('stats: a thousand buckets are allowed', async () => {
  expect((await ask({ startAt: 0, endAt: 1_000_000, bucketMs: 1000 })).buckets).toHaveLength(1000);
});
