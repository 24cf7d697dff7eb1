import { expect, test } from 'vitest';
import { type AddSummaryInput, addSummary } from '../../src/operations/add-summary.ts';
import { type RecordActivityInput, recordActivity } from '../../src/operations/record-activity.ts';
import { HOUR_MS, openTestEngine, refusal, say, startSession, type TestEngine } from '../support/test-engine.ts';

function report({ engine, caller }: TestEngine, fields: Partial<RecordActivityInput>) {
  const nothing = { toolCall: null, error: null, responseTimeMs: null, agentStatus: '' };
  return recordActivity(engine, caller, { sessionId: '', requestId: '', agentId: '', ...nothing, ...fields });
}

const lookup = { callId: 'c1', name: 'lookup', durationMs: 40, success: true };

function summarise({ engine, caller }: TestEngine, fields: Partial<AddSummaryInput['summary']> = {}, requestId = '') {
  const summary = { kind: 'COMPACTION', firstSequence: 1, lastSequence: 2, text: 'they met', tokenCount: 0 } as const;
  return addSummary(engine, caller, {
    sessionId: 's',
    requestId,
    expectedVersion: 0,
    summary: { ...summary, ...fields },
  });
}

test('recordActivity: it counts in the session, slides it and makes no version', async () => {
  const world = await openTestEngine();
  const { head } = await startSession(world, { sessionId: 's' });
  world.clock.advance(HOUR_MS);
  const answer = await report(world, { sessionId: 's', toolCall: lookup, error: { message: 'timeout' } });
  expect(answer).toMatchObject({ head: { version: 1 }, counters: { toolCallCount: 1, errorCount: 1 } });
  expect(answer.head?.dormantAt).toBe((head.dormantAt ?? 0) + HOUR_MS);
});

test('recordActivity: a call id counts once, and once for a repeated request id', async () => {
  const world = await openTestEngine();
  await startSession(world, { sessionId: 's' });
  await report(world, { sessionId: 's', toolCall: lookup });
  await report(world, { sessionId: 's', toolCall: lookup });
  const anonymous = { ...lookup, callId: '' };
  await report(world, { sessionId: 's', requestId: 'once', toolCall: anonymous });
  const { counters } = await report(world, { sessionId: 's', requestId: 'once', toolCall: anonymous });
  expect(counters?.toolCallCount).toBe(2);
});

test('recordActivity: a call id of any length counts once with its message, and is remembered by little', async () => {
  const world = await openTestEngine();
  await startSession(world, { sessionId: 's' });
  const callId = 'x'.repeat(100_000);
  const parts = [{ kind: 'toolCall', id: callId, name: 'lookup', arguments: '{}' } as const];
  await say(world, 's', 'ASSISTANT', '', { message: { parts } });
  const { counters } = await report(world, { sessionId: 's', toolCall: { ...lookup, callId } });
  expect(counters?.toolCallCount).toBe(1);
  await report(world, { agentId: 'bot', toolCall: { ...lookup, callId } });
  await report(world, { agentId: 'bot', toolCall: { ...lookup, callId } });
  const known = await world.store.agents.load('acme', 'bot');
  expect(known?.activity.tools.lookup?.calls).toBe(1);
  expect(JSON.stringify(known).length).toBeLessThan(2000);
});

test('recordActivity: an agent reports without a session', async () => {
  const world = await openTestEngine();
  const answer = await report(world, { agentId: 'bot', toolCall: { ...lookup, success: false }, agentStatus: 'busy' });
  expect(answer).toEqual({ head: null, counters: null });
  await report(world, { agentId: 'bot', toolCall: lookup, responseTimeMs: 250, error: { message: 'oh' } });
  const known = await world.store.agents.load('acme', 'bot');
  expect(known).toMatchObject({ rev: 2, updatedAt: world.clock.wallAt() });
  expect(known?.activity).toMatchObject({
    tools: { lookup: { calls: 1, failures: 1, totalDurationMs: 40 } },
    ...{ errorCount: 1, totalResponseMs: 250, agentStatus: 'busy' },
  });
});

test("recordActivity: an agent's repeated request id does nothing twice", async () => {
  const world = await openTestEngine();
  const once = { agentId: 'bot', requestId: 'once', error: { message: 'oh' } };
  await Promise.all([report(world, once), report(world, once)]);
  expect((await world.store.agents.load('acme', 'bot'))?.activity.errorCount).toBe(1);
  const reused = report(world, { ...once, error: { message: 'other' } });
  await expect(reused).rejects.toEqual(refusal('REQUEST_ID_REUSED'));
});

test.each([
  [{ sessionId: 's' }, 'tool_call'],
  [{ agentStatus: 'busy' }, 'session_id'],
  [{ sessionId: 's', toolCall: { ...lookup, name: '' } }, 'tool_call.name'],
  [{ sessionId: 's', error: { message: '' } }, 'error.message'],
  [{ sessionId: 's', responseTimeMs: -1 }, 'response_time'],
])('recordActivity: %j is INVALID_FIELD', async (fields, field) => {
  await expect(report(await openTestEngine(), fields)).rejects.toEqual(refusal('INVALID_FIELD', { field }));
});

test('addSummary: it is kept with its tokens counted, as a new version, and slides nothing', async () => {
  const world = await openTestEngine();
  await startSession(world, { sessionId: 's' });
  await say(world, 's', 'USER', 'hello');
  const { head } = await say(world, 's', 'ASSISTANT', 'good day');
  world.clock.advance(HOUR_MS);
  const answer = await summarise(world);
  expect(answer.summary).toMatchObject({ text: 'they met', tokenCount: 2, source: 'CALLER' });
  expect(answer.summary.createdAt).toBe(world.clock.wallAt());
  expect(answer.head).toMatchObject({ version: 4, dormantAt: head.dormantAt });
});

test('addSummary: a repeated request id answers the summary as stored', async () => {
  const world = await openTestEngine();
  await startSession(world, { sessionId: 's' });
  await say(world, 's', 'USER', 'hello');
  await say(world, 's', 'ASSISTANT', 'good day');
  const first = await summarise(world, {}, 'once');
  world.clock.advance(1000);
  expect((await summarise(world, {}, 'once')).summary).toEqual(first.summary);
});

test.each([
  [{ lastSequence: 9 }, 'summary.last_sequence'],
  [{ firstSequence: 0 }, 'summary.first_sequence'],
  [{ firstSequence: 3 }, 'summary.last_sequence'],
  [{ text: '' }, 'summary.text'],
])('addSummary: %j is INVALID_FIELD', async (fields, field) => {
  const world = await openTestEngine();
  await startSession(world, { sessionId: 's' });
  await say(world, 's', 'USER', 'hello');
  await expect(summarise(world, fields)).rejects.toEqual(refusal('INVALID_FIELD', { field }));
});
