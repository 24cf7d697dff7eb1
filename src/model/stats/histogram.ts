import type { Histogram } from '../activity.ts';

/**
 * The width of a bucket: each ends at 1.1 times its beginning. A percentile answers the bucket's geometric middle,
 * which is at most √1.1 − 1 = 4.9 % away from any duration in it.
 */
const GROWTH = 1.1;

/** Returns a histogram with one more duration, in ms. */
export function withDuration(histogram: Histogram, durationMs: number): Histogram {
  const bucket = bucketOf(durationMs);
  return { ...histogram, [bucket]: (histogram[bucket] ?? 0) + 1 };
}

/** Adds a histogram's counts to `sum`, in place. */
export function addHistogram(sum: Histogram, histogram: Histogram): void {
  for (const [key, count] of Object.entries(histogram)) {
    const bucket = Number(key);
    sum[bucket] = (sum[bucket] ?? 0) + count;
  }
}

/** Returns how many durations a histogram holds. */
export function countOf(histogram: Histogram): number {
  return Object.values(histogram).reduce((sum, count) => sum + count, 0);
}

/** Returns the duration in ms, ±5 %, within which a share (0 to 1) of the durations lies; 0 for an empty histogram. */
export function percentile(histogram: Histogram, share: number): number {
  const buckets = Object.keys(histogram).map(Number);
  buckets.sort((first, second) => first - second);
  let missing = Math.max(1, Math.ceil(countOf(histogram) * share));
  for (const bucket of buckets) {
    missing -= histogram[bucket] ?? 0;
    if (missing <= 0) return middleOf(bucket);
  }
  return 0;
}

const DURATION_MIN_MS = 0.001;

/** Bucket 0 holds what is too short to measure; bucket n ≥ 1 holds [min × growth^(n−1), min × growth^n). */
function bucketOf(durationMs: number): number {
  if (durationMs < DURATION_MIN_MS) return 0;
  return 1 + Math.floor(Math.log(durationMs / DURATION_MIN_MS) / Math.log(GROWTH));
}

function middleOf(bucket: number): number {
  return bucket === 0 ? 0 : DURATION_MIN_MS * GROWTH ** (bucket - 0.5);
}
