import { expect, test } from 'vitest';
import { eventIdFrom, runIdFrom, sessionIdFrom, uidFrom } from '../../src/model/ids.ts';

test('a session id tells its agent and second, and ends in eight base32 characters', () => {
  const id = sessionIdFrom('helper', 1_700_000_000_999, Uint8Array.of(0, 68, 50, 20, 199));
  expect(id).toBe('helper_1700000000_01234567');
});

test('a session without an agent is named session_…', () => {
  expect(sessionIdFrom('', 1_700_000_000_000, new Uint8Array(5))).toBe('session_1700000000_00000000');
});

test('uids and run ids carry all their random bits', () => {
  const ones = new Uint8Array(16).fill(255);
  expect(uidFrom(ones)).toBe('zzzzzzzzzzzzzzzzzzzzzzzzzw');
  expect(uidFrom(ones.with(15, 254))).not.toBe(uidFrom(ones));
  expect(runIdFrom(ones)).toBe(`run_${uidFrom(ones)}`);
});

test('an event id differs with uid, generation, kind and deadline, and with nothing else', () => {
  const ids = [
    eventIdFrom('a', 1, 'DORMANT', 5),
    eventIdFrom('b', 1, 'DORMANT', 5),
    eventIdFrom('a', 2, 'DORMANT', 5),
    eventIdFrom('a', 1, 'EXPIRED', 5),
    eventIdFrom('a', 1, 'DORMANT', 6),
  ];
  expect(new Set(ids).size).toBe(ids.length);
  expect(eventIdFrom('a', 1, 'DORMANT', 5)).toBe(ids[0]);
});
