import { expect, test } from 'vitest';
import { takeWithin } from '../../src/model/take-within.ts';

test('takeWithin: takes all that fits from the beginning, and always the first', () => {
  const sizeOf = (entry: number) => entry;
  expect(takeWithin([], 10, sizeOf)).toEqual([]);
  expect(takeWithin([20, 1], 10, sizeOf)).toEqual([20]);
  expect(takeWithin([4, 6, 1], 10, sizeOf)).toEqual([4, 6]);
  expect(takeWithin([4, 7, 1], 10, sizeOf)).toEqual([4]);
});
