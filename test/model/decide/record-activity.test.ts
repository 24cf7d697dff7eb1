import { beforeEach, describe, expect, test } from 'vitest';
import { TOOL_NAMES_MAX } from '../../../src/model/decide/tool-calls.ts';
import { aMessage, append, aRequest, end, report, start } from './calls.ts';
import { PureStore } from './pure-store.ts';

const HOUR = 3_600_000;
let store: PureStore;
beforeEach(() => {
  store = new PureStore();
  store.call(start());
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

  test('count anew in a session that was started over, also under the same call ids', () => {
    store.call(append([calls('c1')]));
    store.now += HOUR;
    store.call(end());
    store.call(start({ ifExists: 'RESTART' }));
    store.call(append([calls('c1'), result('c1', true)]));
    expect(store.header?.counters.toolCallCount).toBe(1);
    expect(store.life.activity.tools).toMatchObject({ find: { calls: 1, failures: 1 } });
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
