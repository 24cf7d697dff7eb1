import { beforeEach, describe, expect, test } from 'vitest';
import { TOOL_NAMES_MAX } from '../../../src/model/decide/tool-calls.ts';
import { addSummary, aMessage, append, aRequest, clear, end, report, rewind, settle, start, sweep } from './calls.ts';
import { PureStore } from './pure-store.ts';

const HOUR = 3_600_000;
let store: PureStore;
beforeEach(() => {
  store = new PureStore();
  store.call(start());
});

const roles = ['SYSTEM', 'USER', 'ASSISTANT', 'TOOL'] as const;

test('messages are numbered on without a hole and counted by role, turn and tokens', () => {
  store.call(append());
  const answer = store.call(append(roles.map((role) => aMessage({ role, tokenCount: 10 }))));
  expect(answer).toMatchObject({ sequences: [2, 5], version: 3 });
  expect(store.visible.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
  expect(store.visible.at(-1)).toMatchObject({ createdAt: store.now, runId: store.header?.runId });
  expect(store.header?.counters).toMatchObject({
    messageCount: 5,
    turnCount: 2,
    inputTokens: 33,
    outputTokens: 10,
    messagesByRole: { SYSTEM: 1, USER: 2, ASSISTANT: 1, TOOL: 1, DEVELOPER: 0 },
  });
});

test('a turn begins with a USER message, or where the turn_id is another than before', () => {
  const turnIds = ['', 't1', 't1', 't2', '', 't2'];
  store.call(append(turnIds.map((turnId) => aMessage({ turnId, role: 'ASSISTANT' }))));
  expect(store.visible.map(({ startsTurn }) => startsTurn)).toEqual([false, true, false, true, false, true]);
  store.call(append([aMessage({ turnId: 't2' }), aMessage()]));
  expect(store.visible.slice(-2).map(({ startsTurn }) => startsTurn)).toEqual([false, true]);
  expect(store.header?.counters.turnCount).toBe(4);
});

test('messages after a lapse carry the new run id', () => {
  store.now += 11 * HOUR;
  const answer = store.call(append());
  expect(answer.resumed).toBe(true);
  expect(store.visible[0]?.runId).toBe(store.header?.runId);
  expect(store.header?.generation).toBe(2);
});

test('a state patch goes with the messages and counts one version with them', () => {
  const answer = store.call(append([aMessage()], { state: { set: { mood: 'good' }, remove: [] } }));
  expect(answer.version).toBe(2);
  expect(store.life.state).toEqual({ mood: 'good' });
});

describe('limits', () => {
  beforeEach(() => {
    store.settings.limits = { ...store.settings.limits, messageBytesMax: 10, batchMessagesMax: 3, batchBytesMax: 24 };
  });

  test.each([
    ['a message of the largest size', [aMessage({ body: new Uint8Array(10) })], null],
    ['a larger message', [aMessage({ body: new Uint8Array(11) })], 'MESSAGE_TOO_LARGE'],
    ['as many messages and bytes as a batch takes', Array.from({ length: 3 }, () => aMessage()), null],
    ['one message more', Array.from({ length: 4 }, () => aMessage({ body: new Uint8Array(1) })), 'LIMIT_EXCEEDED'],
    [
      'one byte more',
      Array.from({ length: 3 }, (_, at) => aMessage({ body: new Uint8Array(at ? 8 : 9) })),
      'LIMIT_EXCEEDED',
    ],
  ])('%s', (_, messages, reason) => {
    if (reason === null) expect(store.call(append(messages)).version).toBe(2);
    else expect(store.refusal(append(messages)).reason).toBe(reason);
  });

  test('an import brings any number of messages at once', () => {
    const messages = Array.from({ length: 9 }, () => aMessage());
    expect(store.call(append(messages, { isImport: true })).sequences).toEqual([1, 9]);
  });
});

describe('tool calls', () => {
  const calls = (...ids: string[]) =>
    aMessage({ role: 'ASSISTANT', toolCalls: ids.map((callId) => ({ callId, name: 'find' })) });
  const result = (callId: string, isError: boolean) =>
    aMessage({ role: 'TOOL', toolResults: [{ callId, name: '', isError }] });

  test('count by call id once, in whatever order message, result and report come', () => {
    store.call(report({ toolCall: { callId: 'c1', name: 'find', durationMs: 5, success: true } }));
    store.call(append([calls('c1', 'c2', 'c2'), result('c1', true), result('c1', true)]));
    store.call(report({ toolCall: { callId: 'c2', name: 'find', durationMs: 7, success: false } }));
    store.call(report({ toolCall: { callId: 'c2', name: 'find', durationMs: 70, success: false } }));
    expect(store.header?.counters.toolCallCount).toBe(2);
    expect(store.life.activity.tools).toMatchObject({ find: { calls: 2, failures: 2, totalDurationMs: 12 } });
  });

  test('without a call id count each time', () => {
    const toolCall = { callId: '', name: 'find', durationMs: 1, success: true };
    store.call(report({ toolCall }));
    store.call(report({ toolCall }));
    expect(store.life.activity.tools).toMatchObject({ find: { calls: 2 } });
    expect(store.life.toolCalls.size).toBe(0);
  });

  test('of the 257th tool on count as (other)', () => {
    const toolCalls = Array.from({ length: TOOL_NAMES_MAX + 2 }, (_, at) => ({ callId: `c${at}`, name: `tool${at}` }));
    store.call(append([aMessage({ toolCalls })]));
    expect(Object.keys(store.life.activity.tools)).toHaveLength(TOOL_NAMES_MAX + 1);
    expect(store.life.activity.tools['(other)']?.calls).toBe(2);
    store.call(append([result(`c${TOOL_NAMES_MAX + 1}`, true)]));
    expect(store.life.activity.tools['(other)']).toMatchObject({ calls: 2, failures: 1 });
  });

  test.each(['constructor', '__proto__', 'toString'])('of a tool named %s are counted like any other', (name) => {
    store.call(append([aMessage({ toolCalls: [{ callId: 'c', name }] })]));
    expect(Object.entries(store.life.activity.tools)).toMatchObject([[name, { calls: 1, failures: 0 }]]);
  });

  test('leave the activity alone where there are none', () => {
    store.call(append());
    expect(store.last.changes?.activity).toBeUndefined();
  });
});

describe('RecordActivity', () => {
  test('is an access that makes no version', () => {
    store.now += 11 * HOUR;
    const answer = store.call(report({ error: { message: 'no route' }, responseTimeMs: 250, agentStatus: 'busy' }));
    expect(answer).toMatchObject({ resumed: true, version: 1 });
    expect(store.header?.counters.errorCount).toBe(1);
    expect(store.life.activity).toMatchObject({
      errorCount: 1,
      lastError: { message: 'no route', at: store.now },
      totalResponseMs: 250,
      agentStatus: 'busy',
      agentStatusAt: store.now,
    });
  });

  test('repeated under its id counts once, under one of the server too', () => {
    const call = report({ error: { message: 'x' } }, { request: aRequest('r', 'c', true) });
    store.call(call);
    expect(store.call(call).isRepeated).toBe(true);
    expect(store.life.activity.errorCount).toBe(1);
  });
});

describe('a cut', () => {
  beforeEach(() => {
    store.call(append(['t1', 't1', 't2', 't2'].map((turnId) => aMessage({ turnId, tokenCount: 5 }))));
    store.call(addSummary({ firstSequence: 1, lastSequence: 2 }));
    store.call(addSummary({ firstSequence: 3, lastSequence: 3 }));
  });

  test('hides the messages above it and the summaries that reach there, and gives no number again', () => {
    const answer = store.call(rewind({ kind: 'throughSequence', sequence: 2 }));
    expect(answer).toMatchObject({ removedCount: 2, version: 5 });
    expect(store.header).toMatchObject({ hidden: [[3, 4]], lastTurnId: 't1', lastSequence: 4 });
    expect(store.header?.counters).toMatchObject({ messageCount: 2, turnCount: 1, inputTokens: 10, summaryCount: 1 });
    expect(store.call(append([aMessage({ turnId: 't1' })])).sequences).toEqual([5, 5]);
    expect(store.visible.at(-1)?.startsTurn).toBe(false);
  });

  test('that removes nothing keeps the version, and is remembered under its id', () => {
    const call = rewind({ kind: 'throughSequence', sequence: 4 }, { request: aRequest('r') });
    expect(store.call(call)).toMatchObject({ removedCount: 0, version: 4 });
    expect(store.call(call).isRepeated).toBe(true);
  });

  test('at a turn that is not there is refused', () => {
    expect(store.refusal(rewind({ kind: 'turnId', turnId: 't9' })).reason).toBe('MESSAGE_NOT_FOUND');
  });

  test('goes with an append in one commit and one version', () => {
    const answer = store.call(append([aMessage()], { cut: { kind: 'throughSequence', sequence: 1 } }));
    expect(answer).toMatchObject({ removedCount: 3, sequences: [5, 5], version: 5 });
    expect(store.visible.map(({ sequence }) => sequence)).toEqual([1, 5]);
  });

  test('beyond the largest number of hidden ranges is refused', () => {
    store.settings.limits = { ...store.settings.limits, hiddenRangesMax: 2 };
    const replaceLast = () => append([aMessage(), aMessage()], { cut: { kind: 'lastMessages', count: 1 } });
    store.call(replaceLast());
    store.call(replaceLast());
    expect(store.refusal(replaceLast())).toMatchObject({
      reason: 'LIMIT_EXCEEDED',
      metadata: { limit: 'hidden_ranges', value: '3', max: '2' },
    });
  });

  test('leaves what was reported', () => {
    store.call(append([aMessage({ toolCalls: [{ callId: 'c', name: 'f' }] })]));
    store.call(report({ error: { message: 'x' } }));
    store.call(clear());
    expect(store.header?.counters).toMatchObject({ toolCallCount: 1, errorCount: 1, messageCount: 0 });
  });
});

describe('ClearMessages', () => {
  test('hides every message, and drops the summaries when asked', () => {
    store.call(append([aMessage(), aMessage()]));
    store.call(addSummary());
    expect(store.call(clear())).toMatchObject({ removedCount: 2, version: 4 });
    expect(store.header).toMatchObject({ hidden: [[1, 2]], counters: { messageCount: 0, summaryCount: 1 } });
    expect(store.call(clear()).version).toBe(4);
    expect(store.call(clear(true)).version).toBe(5);
    expect(store.life.summaries).toEqual([]);
    expect(store.header?.counters.summaryCount).toBe(0);
  });
});

describe('AddSummary', () => {
  test('counts a version, is no access and works once the session is over', () => {
    store.call(append());
    store.call(end());
    store.now += HOUR;
    expect(store.call(addSummary()).version).toBe(4);
    expect(store.life.summaries).toMatchObject([{ text: 'They met', createdAt: store.now }]);
    expect(store.header?.lastAccessAt).toBeLessThan(store.now);
  });

  test.each([
    [0, 1],
    [2, 1],
    [1, 3],
  ])('of messages %i to %i of two is refused', (firstSequence, lastSequence) => {
    store.call(append([aMessage(), aMessage()]));
    expect(store.refusal(addSummary({ firstSequence, lastSequence })).reason).toBe('INVALID_FIELD');
  });

  test('folds the two oldest of one kind beyond the limit', () => {
    store.settings.limits = { ...store.settings.limits, summariesMax: 3 };
    store.call(append(Array.from({ length: 9 }, () => aMessage())));
    const spans = [
      [1, 1, 'TURN'],
      [1, 2, 'COMPACTION'],
      [3, 4, 'COMPACTION'],
      [5, 6, 'COMPACTION'],
    ] as const;
    for (const [firstSequence, lastSequence, kind] of spans) {
      store.call(addSummary({ firstSequence, lastSequence, kind, text: `${firstSequence}` }));
    }
    expect(store.life.summaries).toMatchObject([
      { kind: 'TURN', firstSequence: 1, lastSequence: 1 },
      { kind: 'COMPACTION', firstSequence: 1, lastSequence: 4, text: '1\n\n3', tokenCount: 4 },
      { kind: 'COMPACTION', firstSequence: 5, lastSequence: 6 },
    ]);
    expect(store.header?.counters.summaryCount).toBe(3);
  });
});

describe('exact token counts', () => {
  beforeEach(() => {
    store.call(append([aMessage({ tokenCount: 10 }), aMessage({ role: 'ASSISTANT', tokenCount: 20 })]));
  });
  const counts = [
    { sequence: 1, role: 'USER', previousCount: 10, tokenCount: 7 },
    { sequence: 2, role: 'ASSISTANT', previousCount: 20, tokenCount: 26 },
  ] as const;

  test('adjust the counters, make no version and slide nothing', () => {
    store.now += HOUR;
    const before = store.header;
    expect(store.call(settle(before!.rev, [...counts])).version).toBe(2);
    expect(store.header?.counters).toMatchObject({ inputTokens: 7, outputTokens: 26 });
    expect(store.header?.deadlines).toEqual(before?.deadlines);
    expect(store.visible.map(({ tokenCount }) => tokenCount)).toEqual([7, 26]);
  });

  test('that were read before another write are left alone', () => {
    const { rev } = store.header!;
    store.call(settle(rev, [...counts]));
    store.call(settle(rev, [...counts]));
    expect(store.header?.counters).toMatchObject({ inputTokens: 7, outputTokens: 26 });
  });

  test('of hidden messages are left alone', () => {
    store.call(rewind({ kind: 'throughSequence', sequence: 1 }));
    store.call(settle(store.header!.rev, [...counts]));
    expect(store.header?.counters).toMatchObject({ inputTokens: 7, outputTokens: 0 });
  });
});

test('a swept session goes on where it was', () => {
  store.call(append());
  store.now += 10 * HOUR + 60_000;
  store.call(sweep());
  expect(store.header).toMatchObject({ status: 'DORMANT', generation: 1, version: 2 });
  expect(store.call(append())).toMatchObject({ resumed: true, sequences: [2, 2] });
});
