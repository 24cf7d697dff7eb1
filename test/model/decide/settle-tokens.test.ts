import { beforeEach, describe, expect, test } from 'vitest';
import { aMessage, append, rewind, settle, start } from './calls.ts';
import { PureStore } from './pure-store.ts';

const HOUR = 3_600_000;
let store: PureStore;
beforeEach(() => {
  store = new PureStore();
  store.call(start());
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
