import { expect, test } from 'vitest';
import type { Figure } from '../../bench/support/report.ts';
import { alignRows, markDownRows, meets, tabulate } from '../../bench/support/table.ts';

const bare = { name: 'bare limit', value: 25_000, ratio: 0.8 };
const figures: Figure[] = [
  {
    name: 'Get',
    at: { streams: 64 },
    value: 20_000,
    unit: 'calls/s',
    reference: bare,
    wanted: { of: 'ratio', atLeast: 0.85 },
  },
  { name: 'start', at: {}, value: 0.1234, unit: 'ms', wanted: { of: 'value', atMost: 300 } },
];

test('tabulate: a row names the figure, its conditions, its reference, and whether its bound is met', () => {
  expect(tabulate(figures)).toEqual([
    ['what', 'streams', 'measured', 'reference', 'ratio', 'wanted', 'met'],
    ['Get', '64', '20,000 calls/s', '25,000 (bare limit)', '0.80', 'ratio at least 0.85', 'no'],
    ['start', '', '0.123 ms', '', '', 'at most 300', 'yes'],
  ]);
});

test('tabulate: a column that no figure fills is left out', () => {
  expect(tabulate([{ name: 'idle', at: {}, value: 90, unit: 'MiB' }])).toEqual([
    ['what', 'measured'],
    ['idle', '90 MiB'],
  ]);
});

test('meets: a bound is met at its very value; without a bound there is nothing to meet', () => {
  const figure: Figure = { name: 'Get', at: {}, value: 1, unit: 'ms', reference: { ...bare, ratio: 1.1 } };
  expect(meets({ ...figure, wanted: { of: 'ratio', atMost: 1.1 } })).toBe(true);
  expect(meets({ ...figure, wanted: { of: 'value', atLeast: 1.01 } })).toBe(false);
  expect(meets(figure)).toBeUndefined();
});

test('alignRows: columns are as wide as their widest cell, numbers stand to the right', () => {
  expect(
    alignRows([
      ['what', 'ratio'],
      ['Get', '0.80'],
      ['AddMessage', ''],
    ]).split('\n'),
  ).toEqual(['what        ratio', 'Get          0.80', 'AddMessage']);
});

test('markDownRows: columns of numbers are aligned to the right', () => {
  expect(
    markDownRows([
      ['what', 'ratio'],
      ['Get', '0.80'],
    ]).split('\n'),
  ).toEqual(['| what | ratio |', '| --- | --: |', '| Get | 0.80 |']);
});
