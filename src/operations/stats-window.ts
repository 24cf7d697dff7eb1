import { invalidField, limitExceeded } from '../model/checks/refusals.ts';
import type { SeriesSpan } from '../model/stats/series.ts';

/** AskedWindow is the time of which statistics are asked; null = not given. */
export interface AskedWindow {
  startAt: number | null;
  endAt: number | null;
  bucketMs: number | null;
}

/** StatsWindow is the time of which statistics are asked: [fromAt, toAt). */
export interface StatsWindow {
  fromAt: number;
  toAt: number;
  /** True when a start or an end was given. */
  isBounded: boolean;
  /** null = no series is asked for. */
  series: SeriesSpan | null;
}

/** The shortest bucket of a series, in ms, and the most buckets. */
const BUCKET_MS_MIN = 1000;
const BUCKETS_MAX = 1000;

/** Checks a window and fills in its defaults: from the first to now, included. Throws INVALID_FIELD or LIMIT_EXCEEDED. */
export function statsWindowOf({ startAt, endAt, bucketMs }: AskedWindow, now: number): StatsWindow {
  const fromAt = startAt ?? 0;
  const toAt = endAt ?? Math.max(now, fromAt) + 1;
  if (fromAt >= toAt) throw invalidField('start_time', 'is not before end_time', 'send an earlier start_time');
  const isBounded = startAt !== null || endAt !== null;
  if (bucketMs === null) return { fromAt, toAt, isBounded, series: null };
  checkBucket(bucketMs, startAt, toAt);
  return { fromAt, toAt, isBounded, series: { fromAt, toAt, bucketMs } };
}

/** Throws INVALID_FIELD when a window is given where there is none to choose. */
export function checkNoWindow({ startAt, endAt, bucketMs }: AskedWindow): void {
  const given = { start_time: startAt, end_time: endAt, bucket: bucketMs };
  for (const [field, value] of Object.entries(given)) {
    if (value !== null) throw invalidField(field, 'is set for an instance', 'leave it out');
  }
}

function checkBucket(bucketMs: number, startAt: number | null, toAt: number): void {
  if (startAt === null)
    throw invalidField('start_time', 'is missing for a series', 'set where the first bucket begins');
  if (!(bucketMs >= BUCKET_MS_MIN))
    throw invalidField('bucket', `is ${bucketMs / 1000} s`, `send at least ${BUCKET_MS_MIN / 1000} s`);
  const buckets = Math.ceil((toAt - startAt) / bucketMs);
  if (buckets > BUCKETS_MAX) throw limitExceeded('bucket', { name: 'buckets', value: buckets, max: BUCKETS_MAX });
}
