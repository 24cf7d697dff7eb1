import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { SessionError } from '../../model/session-error.ts';
import { nanosOf } from './duration.ts';

const SECONDS_MIN = -62_135_596_800n;
const SECONDS_MAX = 253_402_300_799n;
const NANOS_MAX = 999_999_999;

const AT_MIN = Number(SECONDS_MIN) * 1000;
const AT_MAX = Number(SECONDS_MAX) * 1000 + 999;

/** Makes a Timestamp from ms since the epoch, the nearest of the years 1 to 9999; null and infinity become absent. */
export function timestampFromAt(at: number | null): Timestamp | undefined {
  if (at === null || !Number.isFinite(at)) return undefined;
  const instant = Math.max(AT_MIN, Math.min(AT_MAX, at));
  const seconds = Math.floor(instant / 1000);
  const nanos = nanosOf(instant - seconds * 1000);
  return { $typeName: 'google.protobuf.Timestamp', seconds: BigInt(seconds), nanos };
}

/** Reads a Timestamp as whole ms since the epoch, rounded down; absent becomes null. INVALID_FIELD outside of the years 1 to 9999. */
export function atFromTimestamp(timestamp: Timestamp | undefined, field: string): number | null {
  if (timestamp === undefined) return null;
  const { seconds, nanos } = timestamp;
  if (seconds < SECONDS_MIN || seconds > SECONDS_MAX || nanos < 0 || nanos > NANOS_MAX) {
    const value = `${seconds} s and ${nanos} ns`;
    throw new SessionError('INVALID_FIELD', `${field} is no valid Timestamp: ${value}`, { field });
  }
  return Number(seconds) * 1000 + Math.floor(nanos / 1e6);
}
