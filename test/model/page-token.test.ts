import { expect, test } from 'vitest';
import { decodePageToken, encodePageToken } from '../../src/model/page-token.ts';

const scope = { secret: new Uint8Array(32).fill(7), tenant: 'acme', query: 'List{}' };
const position = { at: 12, sessionId: 's/é' };
const invalid = expect.objectContaining({ reason: 'PAGE_TOKEN_INVALID', field: 'page_token' });

test('a position comes back in its own store, tenant and query', () => {
  expect(decodePageToken(scope, encodePageToken(scope, position))).toEqual(position);
});

test.each([
  ['tenant', { ...scope, tenant: 'other' }],
  ['query', { ...scope, query: 'List{a}' }],
  ['secret', { ...scope, secret: new Uint8Array(32) }],
])('a token of another %s is invalid', (_, other) => {
  const token = encodePageToken(scope, position);
  expect(() => decodePageToken(other, token)).toThrow(invalid);
});

test('a token that was changed anywhere, cut or made up is invalid', () => {
  const token = encodePageToken(scope, position);
  const bytes = Buffer.from(token, 'base64url');
  for (let place = 0; place < bytes.length; place += 1) {
    const changed = Buffer.from(bytes);
    changed[place] = (changed[place] ?? 0) ^ 1;
    expect(() => decodePageToken(scope, changed.toString('base64url'))).toThrow(invalid);
  }
  for (const made of ['x', `${token}!`, token.slice(0, -2), 'not base64 at all', '🙂']) {
    expect(() => decodePageToken(scope, made)).toThrow(invalid);
  }
});
