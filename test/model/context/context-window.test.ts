import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contextOf, smallestFrom, sumOf } from './context-of.ts';
import { orderlyHistory } from './histories.ts';
import { calling, loadedOf, resulting, said } from './messages.ts';

/** What the stand-ins of three open calls take up for a while. */
const OPEN_CALL_TOKENS = 72;

test('context: begins with the same text as the one before, until the window is full and jumps by 70 %', () => {
  fc.assert(
    fc.property(orderlyHistory, fc.integer({ min: 1600, max: 3000 }), (history, tokenLimit) => {
      const contexts = history.slice(1).map((_, index) => contextOf(history.slice(0, index + 2), { tokenLimit }));
      const jumps = contexts.slice(1).filter((context, index) => context.prefixHash !== contexts[index]?.prefixHash);
      for (const [index, context] of contexts.slice(0, -1).entries()) {
        const next = contexts[index + 1];
        const hasStandIn = context.messages.some(({ sequence }) => sequence === 0);
        if (hasStandIn || next?.prefixHash !== context.prefixHash) continue;
        expect(next.rendered.startsWith(context.rendered.slice(0, -1))).toBe(true);
      }
      const budget = tokenLimit - (history[0]?.tokenCount ?? 0);
      const overflow = sumOf(history) + OPEN_CALL_TOKENS - budget;
      expect(jumps.length).toBeLessThanOrEqual(overflow < 0 ? 0 : 1 + overflow / (0.7 * budget - 1));
    }),
    { numRuns: 40 },
  );
});

test('context: depends on the history alone, not on how it is read', () => {
  fc.assert(
    fc.property(
      orderlyHistory,
      fc.integer({ min: 600, max: 2000 }),
      fc.integer({ min: 1, max: 100 }),
      (history, tokenLimit, pageMessages) => {
        expect(contextOf(history, { tokenLimit, pageMessages }).tag).toBe(
          contextOf(history, { tokenLimit, pageMessages: 1000 }).tag,
        );
      },
    ),
    { numRuns: 60 },
  );
});

test('context: is the same whether the counters hold estimates or exact counts of its messages', () => {
  fc.assert(
    fc.property(
      orderlyHistory,
      fc.integer({ min: 600, max: 2000 }),
      fc.integer({ min: -20, max: 20 }),
      (history, tokenLimit, error) => {
        const estimated = history.map((loaded, index) =>
          index === 0 || index >= history.length - 3
            ? { ...loaded, countedTokens: Math.max(1, loaded.tokenCount + error) }
            : loaded,
        );
        const exact = smallestFrom(history, { tokenLimit });
        expect(smallestFrom(estimated, { tokenLimit })).toEqual(exact);
      },
    ),
    { numRuns: 60 },
  );
});

test('context: is whole while it fits, and falls to about 30 % of the limit when it does not', () => {
  const history = loadedOf(
    Array.from({ length: 101 }, (_, index) => said(index % 2 === 0 ? 'USER' : 'ASSISTANT', 'x')),
  );
  expect(contextOf(history.slice(0, 100), { tokenLimit: 1000 }).tokenCount).toBe(1000);
  expect(contextOf(history, { tokenLimit: 1000 }).tokenCount).toBe(310);
});

test('context: max_messages slides the cut and says so, and never leaves a result first', () => {
  const history = loadedOf([
    said('USER', '1'),
    calling('a'),
    resulting('a'),
    calling('b'),
    resulting('b'),
    said('ASSISTANT', '2'),
  ]);
  const sequencesFor = (maxMessages: number) =>
    contextOf(history, { tokenLimit: 4000, maxMessages }).messages.map(({ sequence }) => sequence);
  expect(sequencesFor(6)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(sequencesFor(5)).toEqual([2, 3, 4, 5, 6]);
  expect(sequencesFor(4)).toEqual([4, 5, 6]);
  expect(sequencesFor(2)).toEqual([6]);
  expect(contextOf(history, { tokenLimit: 4000, maxMessages: 4 }).report.sliding).toBe(true);
  expect(contextOf(history, { tokenLimit: 4000, maxMessages: 6 }).report.sliding).toBe(false);
});

test('context: max_messages never lets in more than it names, where a call and its results are not more', () => {
  fc.assert(
    fc.property(
      orderlyHistory,
      fc.integer({ min: 9, max: 40 }),
      fc.integer({ min: 1, max: 70 }),
      (history, maxMessages, pageMessages) => {
        const context = smallestFrom(history, { tokenLimit: 100_000, maxMessages, pageMessages });
        expect(context.messages.length).toBeLessThanOrEqual(maxMessages);
        expect(context.report.sliding).toBe(history.length > maxMessages);
        expect(context.messages[1]?.message.role).not.toBe('TOOL');
        expect(context.tag).toBe(smallestFrom(history, { tokenLimit: 100_000, maxMessages, pageMessages: 1000 }).tag);
      },
    ),
    { numRuns: 60 },
  );
});
