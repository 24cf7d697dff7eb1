import { expect, test } from 'vitest';
import { visiblePosition } from '../../src/model/visible-position.ts';

test('visiblePosition: counts what is visible up to a sequence', () => {
  const hidden: [number, number][] = [
    [1, 2],
    [5, 5],
  ];
  expect([0, 1, 2, 3, 4, 5, 6].map((sequence) => visiblePosition(hidden, sequence))).toEqual([0, 0, 0, 1, 2, 2, 3]);
});
