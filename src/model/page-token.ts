import type { JsonValue } from './json.ts';
import { SessionError } from './session-error.ts';
import { isSameSignature, SIGNATURE_BYTES, signatureOf } from './signature.ts';

/** PageScope is where a page token holds: one store, one tenant, one query (RPC, filters and order as text). */
export interface PageScope {
  secret: Uint8Array;
  tenant: string;
  query: string;
}

/** Writes the place at which a list goes on as a signed token, URL-safe. */
export function encodePageToken(scope: PageScope, position: JsonValue): string {
  const payload = Buffer.from(JSON.stringify(position));
  return Buffer.concat([sign(scope, payload), payload]).toString('base64url');
}

/** Reads the place out of a token; throws PAGE_TOKEN_INVALID when it was not made for this scope. */
export function decodePageToken(scope: PageScope, token: string): JsonValue {
  const bytes = Buffer.from(token, 'base64url');
  const payload = bytes.subarray(SIGNATURE_BYTES);
  // Of several texts with the same bytes, only one was given out.
  const isWhole = bytes.toString('base64url') === token;
  if (!isWhole || !isSameSignature(bytes.subarray(0, SIGNATURE_BYTES), sign(scope, payload)))
    throw new SessionError(
      'PAGE_TOKEN_INVALID',
      'page_token is not of this list; send a next_page_token with the same filters and order, or none',
      { field: 'page_token' },
    );
  return JSON.parse(payload.toString()) as JsonValue;
}

function sign(scope: PageScope, payload: Uint8Array): Buffer {
  return signatureOf(scope.secret, ['page', scope.tenant, scope.query, payload]);
}
