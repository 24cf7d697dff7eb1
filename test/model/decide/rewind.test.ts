import { beforeEach, describe, expect, test } from 'vitest';
import { addSummary, aMessage, append, aRequest, clear, report, rewind, start } from './calls.ts';
import { PureStore } from './pure-store.ts';

let store: PureStore;
beforeEach(() => {
  store = new PureStore();
  store.call(start());
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
