import fc from 'fast-check';
import { expect, test } from 'vitest';
import { choice, duration, integer, size, ValueFault } from '../../src/config/kind.ts';
import { NEVER_MS } from '../../src/model/limits.ts';

const anyDuration = duration({ min: 0, max: Number.MAX_SAFE_INTEGER }, { never: true });
const anySize = size({ min: 0, max: Number.MAX_SAFE_INTEGER });

test('duration: is written with its unit', () => {
  const written = ['250ms', '1s', '15m', '10h', '7d', '1.5h', '0s'];
  expect(written.map((text) => anyDuration.parse(text))).toEqual([250, 1000, 900_000, 36e6, 604_800_000, 5_400_000, 0]);
});

test('duration: a bare number, a sign and an unknown unit are faults', () => {
  for (const text of ['10', '-1s', '1w', '', '10 hours', 'PT1H', '1e3s']) {
    expect(() => anyDuration.parse(text), text).toThrow(ValueFault);
  }
});

test('duration: never is 1,000 years, and only where it is allowed', () => {
  expect(anyDuration.parse('never')).toBe(NEVER_MS);
  expect(() => duration({ min: 0, max: 1 }).parse('never')).toThrow('no duration');
});

test('duration: what is written is read back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 12 }), (ms) => {
      expect(anyDuration.parse(anyDuration.format(ms))).toBe(ms);
    }),
  );
});

test('size: is written in bytes or with its unit', () => {
  expect(['65536', '64KiB', '1.5MiB', '1gib', '7B'].map((text) => anySize.parse(text))).toEqual([
    65_536, 65_536, 1_572_864, 1_073_741_824, 7,
  ]);
  expect(() => anySize.parse('1MB')).toThrow('no size');
});

test('size: what is written is read back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 12 }), (bytes) => {
      expect(anySize.parse(anySize.format(bytes))).toBe(bytes);
    }),
  );
});

test('integer: both bounds are included', () => {
  const port = integer({ min: 0, max: 65_535 });
  expect([port.parse('0'), port.parse('65535')]).toEqual([0, 65_535]);
  for (const text of ['-1', '65536', '1.5', '0x10', '', '99999999999999999999']) {
    expect(() => port.parse(text), text).toThrow(ValueFault);
  }
});

test('choice: is read without case, and a fault lists the choices', () => {
  const durability = choice(['full', 'normal']);
  expect(durability.parse('FULL')).toBe('full');
  expect(() => durability.parse('off')).toThrow('give one of full, normal');
});
