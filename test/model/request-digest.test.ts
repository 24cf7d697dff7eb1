import { expect, test } from 'vitest';
import { conversationClaimKey, isRequestClaim, requestClaimKey } from '../../src/model/claim-key.ts';
import { digestContent, digestRequestId } from '../../src/model/request-digest.ts';

test('the order of keys and undefined fields make no difference, at any depth', () => {
  const first = digestContent('AddMessage', { a: 1, b: { c: [1, 2], d: 'x', e: undefined } });
  expect(digestContent('AddMessage', { b: { d: 'x', c: [1, 2] }, a: 1 })).toBe(first);
});

test.each([
  ['another RPC', digestContent('End', { a: 1 })],
  ['another value', digestContent('Touch', { a: 2 })],
  ['another type', digestContent('Touch', { a: '1' })],
  ['a bigint', digestContent('Touch', { a: 1n })],
  ['null', digestContent('Touch', { a: null })],
  ['another key', digestContent('Touch', { b: 1 })],
  ['a list', digestContent('Touch', [1])],
])('%s makes another digest', (_, other) => {
  expect(other).not.toBe(digestContent('Touch', { a: 1 }));
});

test('values that lie next to each other are told apart', () => {
  expect(digestContent('x', ['ab', 'c'])).not.toBe(digestContent('x', ['a', 'bc']));
  expect(digestContent('x', [[], [1]])).not.toBe(digestContent('x', [[1], []]));
  expect(digestContent('x', [1, 23])).not.toBe(digestContent('x', [12, 3]));
});

test('bytes count by content', () => {
  const digest = digestContent('x', { data: Uint8Array.of(1, 2) });
  expect(digestContent('x', { data: Buffer.from([1, 2]) })).toBe(digest);
  expect(digestContent('x', { data: Uint8Array.of(1, 3) })).not.toBe(digest);
});

test('a request id is hashed, and its claim differs from a conversation claim', () => {
  expect(digestRequestId('r1')).toMatch(/^[\w-]{43}$/);
  const identity = { agentId: 'a', channel: 'c', conversationKey: 'k', userId: 'u' };
  expect(isRequestClaim(requestClaimKey(digestRequestId('r1')))).toBe(true);
  expect(isRequestClaim(conversationClaimKey(identity))).toBe(false);
});

test('a conversation claim differs with each of its four parts', () => {
  const identity = { agentId: 'a', channel: 'c', conversationKey: 'k', userId: 'u' };
  const keys = (['agentId', 'channel', 'conversationKey', 'userId'] as const).map((part) =>
    conversationClaimKey({ ...identity, [part]: '' }),
  );
  expect(new Set([...keys, conversationClaimKey(identity)]).size).toBe(5);
});
