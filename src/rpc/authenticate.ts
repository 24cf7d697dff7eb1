import { hash, timingSafeEqual } from 'node:crypto';
import { SessionError } from '../model/session-error.ts';

/** Scope is one thing that a credential may do. */
export type Scope = 'read' | 'write' | 'watch' | 'admin' | 'operator';

/** ApiKey is a configured secret with the tenant and the scopes that it stands for. */
export interface ApiKey {
  key: string;
  tenant: string;
  scopes: readonly Scope[];
}

/** Identity is who calls: the tenant, and what the credential may do. */
interface Identity {
  tenant: string;
  scopes: ReadonlySet<Scope>;
}

/** HeaderLookup reads a request header by its lower-case name; null when it is absent. */
export type HeaderLookup = (name: string) => string | null;

/** Authenticate tells who calls; throws CREDENTIAL_MISSING, CREDENTIAL_INVALID or, for another's tenant, SCOPE_MISSING. */
export type Authenticate = (header: HeaderLookup) => Identity;

/** The header by which an operator acts for another tenant than the key's. */
const TENANT_HEADER = 'threadkeep-tenant';
const ALL_SCOPES: ReadonlySet<Scope> = new Set(['read', 'write', 'watch', 'admin', 'operator']);

/** Creates the check of credentials. Without keys everybody is tenant `default` with all scopes. */
export function createAuthenticate(keys: readonly ApiKey[]): Authenticate {
  const known = keys.map(({ key, tenant, scopes }) => ({
    digest: digestOf(key),
    identity: { tenant, scopes: new Set(scopes) },
  }));
  const anybody: Identity = { tenant: 'default', scopes: ALL_SCOPES };
  return (header) => {
    const identity = known.length === 0 ? anybody : identify(known, header);
    return forTenant(identity, header(TENANT_HEADER));
  };
}

/** Throws SCOPE_MISSING, naming the scope, unless the caller has it. */
export function requireScope(scopes: ReadonlySet<Scope>, scope: Scope): void {
  if (scopes.has(scope)) return;
  throw new SessionError('SCOPE_MISSING', `the credential lacks the scope ${scope}`, { metadata: { scope } });
}

interface KnownKey {
  digest: Buffer;
  identity: Identity;
}

/** Compares with every key, in constant time each, so that the time taken tells nothing of any of them. */
function identify(known: readonly KnownKey[], header: HeaderLookup): Identity {
  const digest = digestOf(credentialOf(header));
  let match: Identity | undefined;
  for (const { digest: knownDigest, identity } of known) {
    if (timingSafeEqual(knownDigest, digest)) match = identity;
  }
  if (match !== undefined) return match;
  throw new SessionError('CREDENTIAL_INVALID', 'the API key is not known; check it, or ask the operator for one');
}

function credentialOf(header: HeaderLookup): string {
  const authorization = header('authorization');
  if (authorization !== null) {
    const token = /^bearer +(\S+)$/i.exec(authorization.trim())?.[1];
    if (token !== undefined) return token;
    throw new SessionError('CREDENTIAL_INVALID', 'the header authorization is not of the form `Bearer <key>`');
  }
  const key = header('x-api-key');
  if (key !== null) return key;
  throw new SessionError(
    'CREDENTIAL_MISSING',
    'the call has no API key; send it as `Authorization: Bearer <key>` or `x-api-key: <key>`',
  );
}

function forTenant(identity: Identity, tenant: string | null): Identity {
  if (tenant === null || tenant === identity.tenant) return identity;
  requireScope(identity.scopes, 'operator');
  if (/^[A-Za-z0-9._-]{1,64}$/.test(tenant)) return { tenant, scopes: identity.scopes };
  throw new SessionError(
    'INVALID_FIELD',
    `the header ${TENANT_HEADER} names no tenant; use A-Z a-z 0-9 . _ -, up to 64`,
    {
      field: TENANT_HEADER,
    },
  );
}

function digestOf(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}
