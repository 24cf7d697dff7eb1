import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hideRange, isVisible, visibleSpans } from '../../src/model/hidden-ranges.ts';
import type { SequenceRange } from '../../src/model/session.ts';

test('ranges that touch or overlap become one', () => {
  expect(
    hideRange(
      [
        [1, 2],
        [6, 7],
        [20, 30],
      ],
      [3, 9],
    ),
  ).toEqual([
    [1, 9],
    [20, 30],
  ]);
});

test('an empty range hides nothing', () => {
  expect(hideRange([[1, 2]], [5, 4])).toEqual([[1, 2]]);
});

test('the visible spans of a range leave out what is hidden at both ends and inside', () => {
  expect(
    visibleSpans(
      [
        [1, 3],
        [6, 6],
        [9, 12],
      ],
      [2, 10],
    ),
  ).toEqual([
    [4, 5],
    [7, 8],
  ]);
});

test('any ranges in any order come to a normal form that hides exactly their members', () => {
  const range = fc
    .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 8 }))
    .map(([first, length]): SequenceRange => [first, first + length]);
  fc.assert(
    fc.property(fc.array(range), range, (ranges, [from, to]) => {
      const hidden = ranges.reduce<SequenceRange[]>((all, next) => hideRange(all, next), []);
      for (const [place, [first, last]] of hidden.entries()) {
        expect(first).toBeLessThanOrEqual(last);
        if (place > 0) expect(first).toBeGreaterThan((hidden[place - 1]?.[1] ?? 0) + 1);
      }
      const numbers = Array.from({ length: to - from + 1 }, (_, step) => from + step);
      const visible = numbers.filter((n) => !ranges.some(([first, last]) => first <= n && n <= last));
      expect(numbers.filter((n) => isVisible(hidden, n))).toEqual(visible);
      const planned = visibleSpans(hidden, [from, to]).flatMap(([first, last]) =>
        Array.from({ length: last - first + 1 }, (_, step) => first + step),
      );
      expect(planned).toEqual(visible);
    }),
  );
});
