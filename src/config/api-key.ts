import { type Kind, splitList, ValueFault } from './kind.ts';

/** What an API key can be allowed. */
const SCOPES = ['read', 'write', 'watch', 'admin', 'operator'] as const;

/** Scope is one thing that a key may do. */
type Scope = (typeof SCOPES)[number];

/** ApiKey is a secret that callers send, with the tenant and the scopes that it stands for. */
export interface ApiKey {
  key: string;
  tenant: string;
  scopes: readonly Scope[];
}

const DEFAULT_SCOPES: readonly Scope[] = ['read', 'write', 'watch'];
const KEY_LENGTH_MIN = 8;

/** Keys as `<key>:<tenant>[:scope+scope…]`, separated by commas or lines; a line that begins with # says nothing. */
export function apiKeys(): Kind<readonly ApiKey[]> {
  return {
    name: 'secret',
    range: '<key>:<tenant>[:scope+scope…], separated by commas',
    parse: parseApiKeys,
    format: (keys) => (keys.length === 0 ? '' : `**** (${countOf(keys.length)}, ${tenantsOf(keys)})`),
  };
}

/** Reads API keys; throws ValueFault, which never quotes a key. */
export function parseApiKeys(text: string): ApiKey[] {
  const entries = splitList(text.replace(/^\s*#.*$/gm, ''));
  if (entries.length === 0) throw new ValueFault('holds no key: give <key>:<tenant>, or leave the setting out');
  const keys = entries.map(parseApiKey);
  const twice = keys.findIndex(({ key }, index) => keys.findIndex((other) => other.key === key) !== index);
  if (twice !== -1) throw new ValueFault(`key ${twice + 1} is the same as an earlier one: give each key once`);
  return keys;
}

function parseApiKey(entry: string, index: number): ApiKey {
  const [key = '', tenant = '', scopes, ...rest] = entry.split(':');
  const name = `key ${index + 1}`;
  if (key.length < KEY_LENGTH_MIN || !/^[!-~]+$/.test(key)) {
    throw new ValueFault(`${name} is no key: give at least ${KEY_LENGTH_MIN} printable ASCII characters`);
  }
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(tenant) || rest.length > 0) {
    throw new ValueFault(`${name} names no tenant: write <key>:<tenant>, the tenant in A-Z a-z 0-9 . _ -, up to 64`);
  }
  return { key, tenant, scopes: scopes === undefined ? DEFAULT_SCOPES : parseScopes(scopes, name) };
}

function parseScopes(text: string, name: string): Scope[] {
  return text.split('+').map((word) => {
    const scope = SCOPES.find((each) => each === word);
    if (scope === undefined) throw new ValueFault(`${name} has a scope that is none: give ${SCOPES.join(', ')}`);
    return scope;
  });
}

function countOf(count: number): string {
  return count === 1 ? '1 key' : `${count} keys`;
}

function tenantsOf(keys: readonly ApiKey[]): string {
  const tenants = [...new Set(keys.map(({ tenant }) => tenant))];
  return tenants.length === 1 ? `tenant ${tenants[0]}` : `${tenants.length} tenants`;
}
