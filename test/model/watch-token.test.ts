import { expect, test } from 'vitest';
import type { EventRow, SessionEvent } from '../../src/model/event.ts';
import { decodeWatchToken, encodeWatchToken, LOG_START, positionAfter } from '../../src/model/watch-token.ts';

const scope = { secret: new Uint8Array(32).fill(7), storeId: 'store-1', tenant: 'acme' };
const foreign = expect.objectContaining({ reason: 'RESUME_TOKEN_FOREIGN', field: 'resume_token' });

function rowOf(number: number, event: Partial<SessionEvent> = {}): EventRow {
  const base = { eventId: 'e1', kind: 'ENDED', sessionId: 's', generation: 1, deadlineAt: 1, recordedAt: 1 } as const;
  const rest = { lastAccessAt: 1, userId: 'ada', agentId: '', reason: 'CALLER' } as const;
  return { number, recordedAt: 1, events: [{ ...base, ...rest, ...event }] };
}

test('a position comes back, the largest number and the start too', () => {
  for (const position of [LOG_START, positionAfter(rowOf(1)), positionAfter(rowOf(Number.MAX_SAFE_INTEGER))]) {
    expect(decodeWatchToken(scope, encodeWatchToken(scope, position))).toEqual(position);
  }
});

test('a row is told by its number and its events, whoever was erased from them', () => {
  const { rowHash } = positionAfter(rowOf(1));
  expect(positionAfter(rowOf(1, { userId: '' })).rowHash).toBe(rowHash);
  expect(positionAfter(rowOf(2)).rowHash).not.toBe(rowHash);
  expect(positionAfter(rowOf(1, { eventId: 'e2' })).rowHash).not.toBe(rowHash);
});

test.each([
  ['store', { ...scope, storeId: 'store-2' }],
  ['tenant', { ...scope, tenant: 'other' }],
  ['secret', { ...scope, secret: new Uint8Array(32) }],
])('a token of another %s is foreign', (_, other) => {
  const token = encodeWatchToken(scope, LOG_START);
  expect(() => decodeWatchToken(other, token)).toThrow(foreign);
});

test('a token that was changed anywhere, cut or made up is foreign', () => {
  const bytes = Buffer.from(encodeWatchToken(scope, positionAfter(rowOf(3))), 'base64url');
  for (let place = 0; place < bytes.length; place += 1) {
    const changed = Buffer.from(bytes);
    changed[place] = (changed[place] ?? 0) ^ 1;
    expect(() => decodeWatchToken(scope, changed.toString('base64url'))).toThrow(foreign);
  }
  const token = bytes.toString('base64url');
  const last = token.at(-1) === 'A' ? 'B' : 'A';
  for (const made of [`${token}!`, `${token}=`, `${token.slice(0, -1)}${last}`, ` ${token}`]) {
    expect(() => decodeWatchToken(scope, made)).toThrow(foreign);
  }
  for (const made of ['', 'x', bytes.subarray(1).toString('base64url')]) {
    expect(() => decodeWatchToken(scope, made)).toThrow(foreign);
  }
});
