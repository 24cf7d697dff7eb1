import { expect, test } from 'vitest';
import { drawPlot } from '../../bench/support/plot.ts';
import type { Figure, Plot } from '../../bench/support/report.ts';
import { scaleOf } from '../../bench/support/scale.ts';

const figures = ['gRPC', 'JSON & more'].flatMap((protocol) =>
  [1, 64].map(
    (streams): Figure => ({
      name: 'Get',
      at: { protocol, streams },
      value: 100 * streams,
      unit: 'calls/s',
      reference: { name: 'bare limit', value: 200 * streams, ratio: 0.5 },
    }),
  ),
);
const plot: Plot = { title: 'Get', along: 'streams', series: ['protocol'], of: 'value', figures };

test('drawPlot: there is a named line for each series, and one for what they are held against', () => {
  const svg = drawPlot(plot);
  expect(svg.match(/<polyline/g)).toHaveLength(3);
  for (const name of ['>gRPC<', '>JSON &amp; more<', '>bare limit<', '>calls/s<', '>streams<'])
    expect(svg).toContain(name);
  expect(svg.match(/class="line reference"/g)).toHaveLength(2);
});

test('drawPlot: ratios are drawn without what they are held against', () => {
  const svg = drawPlot({ ...plot, of: 'ratio' });
  expect(svg.match(/<polyline/g)).toHaveLength(2);
  expect(svg).toContain('ratio to bare limit');
});

test('drawPlot: a figure that has no number along the axis is refused by its name', () => {
  expect(() => drawPlot({ ...plot, along: 'protocol' })).toThrow('Get has no number for protocol');
});

test('scaleOf: a wide range is logarithmic, its ends at the ends', () => {
  const { shareOf, ticks } = scaleOf([20, 1000, 20_000, 1000], { from: 'least', ticksAt: 'values' });
  expect([20, 20_000].map(shareOf)).toEqual([0, 1]);
  expect(shareOf(1000)).toBeCloseTo(Math.log(50) / Math.log(1000));
  expect(ticks).toEqual([20, 1000, 20_000]);
});

test('scaleOf: steps begin at zero and pass the largest value', () => {
  expect(scaleOf([700, 1100], { from: 'zero', ticksAt: 'steps' }).ticks).toEqual([0, 200, 400, 600, 800, 1000, 1200]);
  expect(scaleOf([1, 5000], { from: 'zero', ticksAt: 'steps' }).ticks).toEqual([1, 10, 100, 1000, 10_000]);
});
