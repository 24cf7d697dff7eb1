import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Histogram } from '../../../src/model/activity.ts';
import { addHistogram, countOf, percentile, withDuration } from '../../../src/model/stats/histogram.ts';
import { responseTimesOf } from '../../../src/model/stats/response-times.ts';
import { toolFiguresOf } from '../../../src/model/stats/tool-figures.ts';

const durationMs = fc.double({ min: 0.001, max: 1e9, noNaN: true });

function histogramOf(durations: readonly number[]): Histogram {
  return durations.reduce<Histogram>(withDuration, {});
}

test('percentile: is within 5 % of the true one', () => {
  fc.assert(
    fc.property(
      fc.array(durationMs, { minLength: 1, maxLength: 200 }),
      fc.constantFrom(0, 0.5, 0.95, 0.99, 1),
      (durations, share) => {
        const sorted = durations.toSorted((first, second) => first - second);
        const exact = sorted[Math.max(1, Math.ceil(sorted.length * share)) - 1]!;
        expect(Math.abs(percentile(histogramOf(durations), share) / exact - 1)).toBeLessThanOrEqual(0.05);
      },
    ),
  );
});

test('percentile: rises with the share', () => {
  fc.assert(
    fc.property(fc.array(durationMs, { minLength: 1 }), (durations) => {
      const histogram = histogramOf(durations);
      const values = [0, 0.25, 0.5, 0.75, 1].map((share) => percentile(histogram, share));
      expect(values).toEqual(values.toSorted((first, second) => first - second));
    }),
  );
});

test('percentile: nothing and what is too short to measure are 0', () => {
  expect(percentile({}, 0.5)).toBe(0);
  expect(percentile(histogramOf([0, 0]), 0.99)).toBe(0);
});

test('addHistogram: a sum counts as one histogram of all', () => {
  fc.assert(
    fc.property(fc.array(durationMs), fc.array(durationMs), (first, second) => {
      const sum = histogramOf(first);
      addHistogram(sum, histogramOf(second));
      expect(sum).toEqual(histogramOf([...first, ...second]));
      expect(countOf(sum)).toBe(first.length + second.length);
    }),
  );
});

test('responseTimesOf: the average is exact, and nothing is 0', () => {
  expect(responseTimesOf(histogramOf([100, 300]), 400)).toMatchObject({ count: 2, averageMs: 200 });
  expect(responseTimesOf({}, 0)).toEqual({ count: 0, averageMs: 0, p50Ms: 0, p95Ms: 0, p99Ms: 0 });
});

test('toolFiguresOf: the most used tool is first, and the average is of the calls with a duration', () => {
  const figures = toolFiguresOf({
    b: { calls: 1, failures: 1, durations: {}, totalDurationMs: 0 },
    a: { calls: 1, failures: 0, durations: {}, totalDurationMs: 0 },
    c: { calls: 3, failures: 0, durations: histogramOf([10, 20]), totalDurationMs: 30 },
  });
  expect(figures.map(({ name }) => name)).toEqual(['c', 'a', 'b']);
  expect(figures[0]).toMatchObject({ callCount: 3, averageDurationMs: 15, totalDurationMs: 30 });
  expect(figures[2]).toMatchObject({ failureCount: 1, averageDurationMs: 0, p95DurationMs: 0 });
});
