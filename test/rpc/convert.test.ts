import { create } from '@bufbuild/protobuf';
import { DurationSchema, TimestampSchema } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { durationFromMs, msFromDuration } from '../../src/rpc/convert/duration.ts';
import { createEnumNames } from '../../src/rpc/convert/enum-names.ts';
import { termsFrom } from '../../src/rpc/convert/session.ts';
import { atFromTimestamp, timestampFromAt } from '../../src/rpc/convert/timestamp.ts';

const invalid = (field: string) => expect.objectContaining({ reason: 'INVALID_FIELD', field });

describe('durations', () => {
  test('ms come back as they were', () => {
    const spans = fc.integer({ min: -315_576_000_000_000, max: 315_576_000_000_000 });
    fc.assert(fc.property(spans, (ms) => msFromDuration(durationFromMs(ms), 'ttl') === ms));
  });

  test('fractions of a ms stay within what nanoseconds can say', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (ms) => {
        const { nanos } = durationFromMs(ms);
        expect(Number.isInteger(nanos) && nanos >= 0 && nanos < 1e9).toBe(true);
        expect(msFromDuration(durationFromMs(ms), 'ttl')).toBeCloseTo(ms, 5);
      }),
    );
  });

  test('what no Duration can say is answered as the nearest that one can', () => {
    const longest = { seconds: 315_576_000_000n, nanos: 0 };
    expect(durationFromMs(2 * 315_576_000_000_000)).toMatchObject(longest);
    expect(durationFromMs(Number.POSITIVE_INFINITY)).toMatchObject(longest);
  });

  test.each([
    { seconds: 315_576_000_001n, nanos: 0 },
    { seconds: -315_576_000_001n, nanos: 0 },
    { seconds: 1n, nanos: -1 },
    { seconds: -1n, nanos: 1 },
    { seconds: 0n, nanos: 1_000_000_000 },
  ])('$seconds s and $nanos ns is INVALID_FIELD', (fields) => {
    expect(() => msFromDuration(create(DurationSchema, fields), 'ttl')).toThrow(invalid('ttl'));
  });

  test('a span of a session is rounded up to ms, since a TTL is a lower bound', () => {
    const ttl = create(DurationSchema, { seconds: 1n, nanos: 1 });
    expect(termsFrom({ ttl }, 'session.')).toEqual({ ttlMs: 1001 });
  });
});

describe('timestamps', () => {
  test('ms since the epoch come back as they were, before 1970 too', () => {
    const instants = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 });
    fc.assert(fc.property(instants, (at) => atFromTimestamp(timestampFromAt(at), 'sent_time') === at));
  });

  test('an instant after the year 9999, such as a deadline of the longest span, is answered as its end', () => {
    const last = { seconds: 253_402_300_799n, nanos: 999_000_000 };
    expect(timestampFromAt(Date.UTC(2026) + 315_576_000_000_000)).toMatchObject(last);
  });

  test('never is absent, and absent is null', () => {
    expect(timestampFromAt(null)).toBeUndefined();
    expect(timestampFromAt(Number.POSITIVE_INFINITY)).toBeUndefined();
    expect(atFromTimestamp(undefined, 'sent_time')).toBeNull();
  });

  test.each([
    { seconds: 253_402_300_800n, nanos: 0 },
    { seconds: -62_135_596_801n, nanos: 0 },
    { seconds: 0n, nanos: -1 },
    { seconds: 0n, nanos: 1_000_000_000 },
  ])('$seconds s and $nanos ns is INVALID_FIELD', (fields) => {
    expect(() => atFromTimestamp(create(TimestampSchema, fields), 'sent_time')).toThrow(invalid('sent_time'));
  });
});

describe('enums', () => {
  const names = createEnumNames({ TEXT: 1, OTHER: 2 });

  test('names and numbers belong together', () => {
    expect(names.numberOf('OTHER')).toBe(2);
    expect(names.nameOf(2, 'mode')).toBe('OTHER');
  });

  test('0 is the default where there is one, else INVALID_FIELD', () => {
    expect(names.nameOf(0, 'mode', 'TEXT')).toBe('TEXT');
    expect(() => names.nameOf(0, 'mode')).toThrow(invalid('mode'));
  });

  test('an unknown number is INVALID_FIELD and the choices are named', () => {
    const choices = expect.objectContaining({ message: 'mode has the unknown value 9; use one of TEXT, OTHER' });
    expect(() => names.nameOf(9, 'mode', 'TEXT')).toThrow(choices);
  });
});
