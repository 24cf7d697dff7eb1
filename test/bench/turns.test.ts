import { expect, test } from 'vitest';
import { compare, takeTurns } from '../../bench/support/turns.ts';

test('takeTurns: sides take turns in order, and rounds that warm up do not count', async () => {
  const order: string[] = [];
  const side = (name: string) => async () => order.push(name);
  const turns = await takeTurns(2, { bare: side('bare'), ours: side('ours') });
  expect(order).toEqual(Array.from({ length: 4 }, () => ['bare', 'ours']).flat());
  expect(turns).toEqual([
    { bare: 5, ours: 6 },
    { bare: 7, ours: 8 },
  ]);
});

test('compare: the ratio is the median of the rounds, not that of the medians', () => {
  const turns = [
    { ours: 1, bare: 2 },
    { ours: 9, bare: 10 },
    { ours: 4, bare: 20 },
  ];
  const compared = compare(turns, ({ ours }) => ours, { name: 'bare limit', of: ({ bare }) => bare });
  expect(compared).toEqual({ value: 4, reference: { name: 'bare limit', value: 10, ratio: 0.5 } });
});
