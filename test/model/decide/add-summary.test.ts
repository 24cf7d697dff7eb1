import { beforeEach, describe, expect, test } from 'vitest';
import { addSummary, aMessage, append, aSummary, end, start } from './calls.ts';
import { PureStore } from './pure-store.ts';

const HOUR = 3_600_000;
let store: PureStore;
beforeEach(() => {
  store = new PureStore();
  store.call(start());
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

  test('never folds two COMPACTIONs with messages between them that no summary stands for', () => {
    store.settings.limits = { ...store.settings.limits, summariesMax: 2 };
    store.call(append(Array.from({ length: 9 }, () => aMessage())));
    for (const sequence of [1, 3]) store.call(addSummary({ firstSequence: sequence, lastSequence: sequence }));
    const facts = { limit: 'summaries', value: '3', max: '2' };
    const apart = addSummary({ firstSequence: 5, lastSequence: 5 });
    expect(store.refusal(apart)).toMatchObject({ reason: 'LIMIT_EXCEEDED', field: 'summary', metadata: facts });
    store.call(addSummary({ firstSequence: 4, lastSequence: 5 }));
    expect(store.life.summaries).toMatchObject([
      { firstSequence: 1, lastSequence: 1 },
      { firstSequence: 3, lastSequence: 5 },
    ]);
  });

  test('is refused where the folded text would be larger than one summary may be', () => {
    store.settings.limits = { ...store.settings.limits, summariesMax: 2, messageBytesMax: 10 };
    store.call(append());
    for (const text of ['four', 'four', 'ab']) store.call(addSummary({ text }));
    const facts = { limit: 'summary_bytes', value: '14', max: '10' };
    const refused = { reason: 'LIMIT_EXCEEDED', field: 'summary.text', metadata: facts };
    expect(store.refusal(addSummary({ text: 'ab' }))).toMatchObject(refused);
    expect(store.life.summaries.map(({ text }) => text)).toEqual(['four\n\nfour', 'ab']);
  });
});

test('summaries that come with messages may stand for them, and count no version of their own', () => {
  const answer = store.call(append([aMessage(), aMessage()], { summaries: [aSummary({ lastSequence: 2 })] }));
  expect(answer.version).toBe(2);
  expect(store.life.summaries).toMatchObject([{ firstSequence: 1, lastSequence: 2, createdAt: store.now }]);
  expect(store.refusal(append([aMessage()], { summaries: [aSummary({ lastSequence: 4 })] })).reason).toBe(
    'INVALID_FIELD',
  );
});
