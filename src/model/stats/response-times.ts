import type { Histogram } from '../activity.ts';
import { countOf, percentile } from './histogram.ts';

/** ResponseTimes says how long agents took to answer, in ms; percentiles are ±5 %. */
export interface ResponseTimes {
  count: number;
  averageMs: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
}

/** Derives the figures from a histogram and the exact sum of what it holds; all 0 without any. */
export function responseTimesOf(histogram: Histogram, totalMs: number): ResponseTimes {
  const count = countOf(histogram);
  return {
    count,
    averageMs: count === 0 ? 0 : totalMs / count,
    p50Ms: percentile(histogram, 0.5),
    p95Ms: percentile(histogram, 0.95),
    p99Ms: percentile(histogram, 0.99),
  };
}
