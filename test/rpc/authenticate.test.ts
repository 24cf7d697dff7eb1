import { expect, test } from 'vitest';
import { type ApiKey, createAuthenticate, requireScope } from '../../src/rpc/authenticate.ts';

const keys: ApiKey[] = [
  { key: 'key-of-acme', tenant: 'acme', scopes: ['read', 'write'] },
  { key: 'next-key-of-acme', tenant: 'acme', scopes: ['read', 'write'] },
  { key: 'key-of-operator', tenant: 'staff', scopes: ['operator'] },
];

const identify = (headers: Partial<Record<string, string>>, known: readonly ApiKey[] = keys) =>
  createAuthenticate(known)((name) => headers[name] ?? null);

test('a bearer key and x-api-key stand for the tenant and scopes of their key', () => {
  const acme = { tenant: 'acme', scopes: new Set(['read', 'write']) };
  expect(identify({ authorization: 'Bearer key-of-acme' })).toEqual(acme);
  expect(identify({ authorization: 'bearer  key-of-acme' })).toEqual(acme);
  expect(identify({ 'x-api-key': 'key-of-acme' })).toEqual(acme);
});

test('two keys of a tenant hold at once, so that keys can be changed', () => {
  expect(identify({ 'x-api-key': 'next-key-of-acme' }).tenant).toBe('acme');
});

test('no credential is CREDENTIAL_MISSING', () => {
  expect(() => identify({})).toThrow(expect.objectContaining({ reason: 'CREDENTIAL_MISSING' }));
});

test.each([
  { authorization: 'Bearer key-of-acm' },
  { authorization: 'Bearer key-of-acme1' },
  { authorization: 'Bearer' },
  { authorization: 'Basic a2V5LW9mLWFjbWU=' },
  { authorization: 'key-of-acme' },
  { authorization: 'Bearer other', 'x-api-key': 'key-of-acme' },
  { 'x-api-key': '' },
])('%o is CREDENTIAL_INVALID, and the error does not quote it', (headers) => {
  const failure = expect.objectContaining({
    reason: 'CREDENTIAL_INVALID',
    message: expect.not.stringContaining('acm'),
  });
  expect(() => identify(headers)).toThrow(failure);
});

test('an operator acts for the tenant of the header; others need the scope', () => {
  const forGlobex = { 'threadkeep-tenant': 'globex' };
  expect(identify({ 'x-api-key': 'key-of-operator', ...forGlobex }).tenant).toBe('globex');
  expect(() => identify({ 'x-api-key': 'key-of-acme', ...forGlobex })).toThrow(
    expect.objectContaining({ reason: 'SCOPE_MISSING', metadata: { scope: 'operator' } }),
  );
  expect(identify({ 'x-api-key': 'key-of-acme', 'threadkeep-tenant': 'acme' }).tenant).toBe('acme');
});

test.each(['', 'a/b', 'a b', 'x'.repeat(65)])('a header that names no tenant is INVALID_FIELD: %o', (tenant) => {
  expect(() => identify({ 'x-api-key': 'key-of-operator', 'threadkeep-tenant': tenant })).toThrow(
    expect.objectContaining({ reason: 'INVALID_FIELD', field: 'threadkeep-tenant' }),
  );
});

test('without any configured key everybody is tenant default with all scopes', () => {
  const { tenant, scopes } = identify({}, []);
  expect(tenant).toBe('default');
  expect([...scopes].sort()).toEqual(['admin', 'operator', 'read', 'watch', 'write']);
});

test('requireScope: a missing scope is named', () => {
  expect(() => requireScope(new Set(['read']), 'write')).toThrow(
    expect.objectContaining({ reason: 'SCOPE_MISSING', metadata: { scope: 'write' } }),
  );
  expect(() => requireScope(new Set(['read']), 'read')).not.toThrow();
});
