import type { Role } from '../message.ts';
import type { SessionHeader } from '../session.ts';
import type { StoreTime } from '../store-time.ts';
import { lifeSpanOf } from './life-span.ts';

/** SeriesBucket is one bucket of a time series; it ends where the next begins. */
export interface SeriesBucket {
  startAt: number;
  sessionsCreated: number;
  sessionsCompleted: number;
  sessionsFailed: number;
  sessionsExpired: number;
  messageCount: number;
  inputTokens: number;
  outputTokens: number;
}

/** SeriesSpan is [fromAt, toAt) in buckets of `bucketMs`, of which the last may be shorter. */
export interface SeriesSpan {
  fromAt: number;
  toAt: number;
  bucketMs: number;
}

/** CountedMessages are messages of one role, stored in the bucket that begins at `bucketAt`. */
export interface CountedMessages {
  bucketAt: number;
  role: Role;
  messageCount: number;
  tokenCount: number;
}

/** SeriesTally folds sessions and counted messages into the buckets of a time series. */
export class SeriesTally {
  readonly buckets: SeriesBucket[];
  readonly #span: SeriesSpan;

  constructor(span: SeriesSpan) {
    this.#span = span;
    const bucketCount = Math.ceil((span.toAt - span.fromAt) / span.bucketMs);
    this.buckets = Array.from({ length: bucketCount }, (_, index) => emptyBucket(span.fromAt + index * span.bucketMs));
  }

  /** Adds a session's start and end, as far as they are inside the span. */
  addSession(header: SessionHeader, time: StoreTime): void {
    this.#count(header.createdAt, 'sessionsCreated');
    const { status, overAt } = lifeSpanOf(header, time);
    if (status === 'EXPIRED') this.#count(overAt, 'sessionsExpired');
    if (status === 'ENDED' && header.outcome === 'COMPLETED') this.#count(overAt, 'sessionsCompleted');
    if (status === 'ENDED' && header.outcome === 'FAILED') this.#count(overAt, 'sessionsFailed');
  }

  /** Adds messages of one role to their bucket. */
  addMessages({ bucketAt, role, messageCount, tokenCount }: CountedMessages): void {
    this.#count(bucketAt, 'messageCount', messageCount);
    this.#count(bucketAt, role === 'ASSISTANT' ? 'outputTokens' : 'inputTokens', tokenCount);
  }

  #count(at: number | null, figure: Exclude<keyof SeriesBucket, 'startAt'>, by = 1): void {
    const { fromAt, toAt, bucketMs } = this.#span;
    if (at === null || at < fromAt || at >= toAt) return;
    this.buckets[Math.floor((at - fromAt) / bucketMs)]![figure] += by;
  }
}

function emptyBucket(startAt: number): SeriesBucket {
  return {
    startAt,
    sessionsCreated: 0,
    sessionsCompleted: 0,
    sessionsFailed: 0,
    sessionsExpired: 0,
    messageCount: 0,
    inputTokens: 0,
    outputTokens: 0,
  };
}
