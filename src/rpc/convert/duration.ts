import type { Duration } from '@bufbuild/protobuf/wkt';
import { SessionError } from '../../model/session-error.ts';

const SECONDS_MAX = 315_576_000_000n;
const NANOS_MAX = 999_999_999;

const MS_MAX = Number(SECONDS_MAX) * 1000;

/** Makes a Duration from ms, the nearest there is: sums can be longer than any; fractions below a nanosecond are lost. */
export function durationFromMs(ms: number): Duration {
  const spanMs = Math.max(-MS_MAX, Math.min(MS_MAX, ms));
  const seconds = Math.trunc(spanMs / 1000);
  const nanos = nanosOf(spanMs - seconds * 1000);
  return { $typeName: 'google.protobuf.Duration', seconds: BigInt(seconds), nanos };
}

/** A fraction of a second in ms as nanoseconds; a rounding that would make a whole second is cut. */
export function nanosOf(fractionMs: number): number {
  return Math.max(-NANOS_MAX, Math.min(NANOS_MAX, Math.round(fractionMs * 1e6)));
}

/** Reads a Duration as ms; absent stays absent. INVALID_FIELD when it breaks the rules of google.protobuf.Duration. */
export function msFromDuration(duration: Duration | undefined, field: string): number | undefined {
  if (duration === undefined) return undefined;
  const { seconds, nanos } = duration;
  const isInRange = seconds >= -SECONDS_MAX && seconds <= SECONDS_MAX && Math.abs(nanos) <= NANOS_MAX;
  const isOneSign = seconds === 0n || nanos === 0 || seconds > 0n === nanos > 0;
  if (!isInRange || !isOneSign) {
    const value = `${seconds} s and ${nanos} ns`;
    throw new SessionError('INVALID_FIELD', `${field} is no valid Duration: ${value}`, { field });
  }
  return Number(seconds) * 1000 + nanos / 1e6;
}
