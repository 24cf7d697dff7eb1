import { expect, test } from 'vitest';
import { apiKeys, parseApiKeys } from '../../src/config/api-key.ts';

test('parseApiKeys: a key without scopes may read, write and watch', () => {
  expect(parseApiKeys('correct-horse:acme')).toEqual([
    { key: 'correct-horse', tenant: 'acme', scopes: ['read', 'write', 'watch'] },
  ]);
});

test('parseApiKeys: keys are separated by commas and lines, and # begins a comment', () => {
  const text = '# rotation of May\ncorrect-horse:acme:read\n\nbattery-staple:beta:admin+operator,third-key:acme\n';
  expect(parseApiKeys(text).map(({ tenant, scopes }) => [tenant, scopes.join()])).toEqual([
    ['acme', 'read'],
    ['beta', 'admin,operator'],
    ['acme', 'read,write,watch'],
  ]);
});

test.each([
  ['', 'holds no key'],
  [' , ', 'holds no key'],
  ['short:acme', 'key 1 is no key'],
  [':acme', 'key 1 is no key'],
  ['correct-horse', 'key 1 names no tenant'],
  ['correct-horse:ac/me', 'key 1 names no tenant'],
  ['correct-horse:acme:read:more', 'key 1 names no tenant'],
  ['correct-horse:acme:root', 'key 1 has a scope that is none'],
  ['correct-horse:acme:', 'key 1 has a scope that is none'],
  ['correct-horse:acme,correct-horse:beta', 'key 2 is the same as an earlier one'],
])('parseApiKeys: %j is a fault that quotes no key', (text, message) => {
  expect(() => parseApiKeys(text)).toThrow(message);
  expect(() => parseApiKeys(text)).not.toThrow(/horse/);
});

test('apiKeys: are masked when they are written', () => {
  const kind = apiKeys();
  expect(kind.format(kind.parse('correct-horse:acme,battery-staple:acme'))).toBe('**** (2 keys, tenant acme)');
});
