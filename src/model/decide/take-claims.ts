import { isRequestClaim, REQUEST_CLAIMS_MAX } from '../claim-key.ts';
import { type Draft, writeHeader } from './draft.ts';
import { sessionExists } from './refusals.ts';

/**
 * Takes the claims of a Start that makes the session or starts it over, instead of the conversation's that it has. Request
 * ids that went to an earlier generation stay its own, for they are answered as they were.
 */
export function takeClaims(draft: Draft, claims: readonly string[]): void {
  requireFree(draft, claims);
  const earlier = draft.header.claims.filter((key) => isRequestClaim(key) && !claims.includes(key));
  const requests = newestOf([...claims.filter(isRequestClaim), ...earlier]);
  holdClaims(draft, claims, [...requests, ...claims.filter((key) => !isRequestClaim(key))]);
}

/** Takes the request id of a Start that found the session. Throws SESSION_EXISTS where it is another session's. */
export function takeRequestClaims(draft: Draft, claims: readonly string[]): void {
  const taken = claims.filter((key) => isRequestClaim(key) && !draft.header.claims.includes(key));
  if (taken.length === 0) return;
  requireFree(draft, taken);
  const requests = newestOf([...draft.header.claims.filter(isRequestClaim), ...taken]);
  holdClaims(draft, taken, [...requests, ...draft.header.claims.filter((key) => !isRequestClaim(key))]);
}

/** Takes claims that nobody else holds, beside or instead of the conversation's that the session has. */
export function takeFreeClaims(draft: Draft, claims: readonly string[]): void {
  const free = claims.filter((key) => (draft.basis.claims.get(key)?.uid ?? draft.header.uid) === draft.header.uid);
  if (free.length === 0) return;
  holdClaims(draft, free, [...draft.header.claims.filter(isRequestClaim), ...free]);
}

function requireFree({ basis }: Draft, claims: readonly string[]): void {
  for (const key of claims) {
    const holder = basis.claims.get(key);
    if (holder !== undefined && holder.sessionId !== basis.sessionId) throw sessionExists(holder.sessionId);
  }
}

/** The first is that of the Start that made what the session is now. */
function newestOf(requests: readonly string[]): string[] {
  const surplus = Math.max(0, requests.length - REQUEST_CLAIMS_MAX);
  return requests.filter((_, place) => place === 0 || place > surplus);
}

function holdClaims(draft: Draft, taken: readonly string[], held: string[]): void {
  draft.asides.released.push(...draft.header.claims.filter((key) => !held.includes(key)));
  draft.asides.claims.push(...taken);
  writeHeader(draft, { claims: held });
}
