import { beforeEach, describe, expect, test } from 'vitest';
import { aMessage, append, start, sweep } from './calls.ts';
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

test('a swept session goes on where it was', () => {
  store.call(append());
  store.now += 10 * HOUR + 60_000;
  store.call(sweep());
  expect(store.header).toMatchObject({ status: 'DORMANT', generation: 1, version: 2 });
  expect(store.call(append())).toMatchObject({ resumed: true, sequences: [2, 2] });
});
