import type { TermsRequest } from '../call.ts';
import { invalidField } from './refusals.ts';

/** The longest span of a protobuf Duration, in ms. */
const SPAN_MAX_MS = 315_576_000_000_000;

/**
 * Returns the deadlines that a request asks for; `prefix` stands before the field names. Spans of 0 are not given, but
 * for `expiring_lead`. Throws INVALID_FIELD on negative spans and on `never_expires` with `ttl` or `max_ttl`.
 */
export function termsRequestOf(prefix: string, request: TermsRequest): TermsRequest {
  const terms = {
    dormantAfterMs: givenSpan(`${prefix}dormant_after`, request.dormantAfterMs),
    ttlMs: givenSpan(`${prefix}ttl`, request.ttlMs),
    maxTtlMs: givenSpan(`${prefix}max_ttl`, request.maxTtlMs),
    neverExpires: request.neverExpires,
    expiringLeadMs: checkSpan(`${prefix}expiring_lead`, request.expiringLeadMs),
  };
  if (terms.neverExpires === true && (terms.ttlMs !== undefined || terms.maxTtlMs !== undefined))
    throw invalidField(`${prefix}never_expires`, 'is set together with ttl or max_ttl', 'set one or the other');
  return terms;
}

/** Throws INVALID_FIELD unless a span, in ms, is absent or between 0 and what a Duration can say. */
export function checkSpan(field: string, spanMs: number | undefined): number | undefined {
  if (spanMs !== undefined && !(spanMs >= 0 && spanMs <= SPAN_MAX_MS))
    throw invalidField(field, `is ${spanMs / 1000} s`, 'send a span that is not negative');
  return spanMs;
}

function givenSpan(field: string, spanMs: number | undefined): number | undefined {
  return checkSpan(field, spanMs) === 0 ? undefined : spanMs;
}
