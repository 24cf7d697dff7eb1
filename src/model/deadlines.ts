import type { TermsRequest } from './call.ts';
import { NEVER_MS, type TermsPolicy } from './limits.ts';
import type { Deadlines, SessionHeader, Terms } from './session.ts';
import { SessionError } from './session-error.ts';

/** How long a tombstone keeps version and sequence of a deleted session, in ms. */
export const TOMBSTONE_MS = 72 * 3_600_000;

/** Grants terms: what is asked for, else what was in force, else the server's defaults, inside the server's limits. Throws INVALID_FIELD. */
export function grantTerms(request: TermsRequest, policy: TermsPolicy, current: Terms | null): Terms {
  const isNeverDefault = current?.neverExpires ?? (policy.ttlMs >= NEVER_MS && !request.maxTtlMs);
  const neverExpires = request.neverExpires ?? (request.ttlMs === undefined && isNeverDefault);
  const maxTtlMs = request.maxTtlMs ?? current?.maxTtlMs ?? 0;
  if (neverExpires && maxTtlMs > 0) {
    throw new SessionError(
      'INVALID_FIELD',
      `max_ttl of ${maxTtlMs} ms contradicts never_expires, leave one of them out`,
      {
        field: 'max_ttl',
      },
    );
  }
  const askedTtlMs = request.ttlMs ?? current?.ttlMs ?? policy.ttlMs;
  const ttlMs = Math.min(Math.max(askedTtlMs, policy.ttlMinMs), policy.ttlMaxMs);
  return {
    dormantAfterMs: grantDormantAfter(
      request,
      neverExpires ? Number.POSITIVE_INFINITY : askedTtlMs,
      ttlMs,
      policy,
      current,
    ),
    ttlMs,
    maxTtlMs,
    neverExpires,
    expiringLeadMs: grantLead(request, ttlMs, current),
    revision: current?.revision ?? 1,
  };
}

function grantDormantAfter(
  request: TermsRequest,
  askedTtlMs: number,
  ttlMs: number,
  policy: TermsPolicy,
  current: Terms | null,
): number {
  const asked = request.dormantAfterMs;
  if (asked !== undefined && asked > askedTtlMs) {
    throw new SessionError(
      'INVALID_FIELD',
      `dormant_after of ${asked} ms is longer than ttl, give at most ${askedTtlMs} ms`,
      {
        field: 'dormant_after',
      },
    );
  }
  const dormantAfterMs = asked ?? current?.dormantAfterMs ?? policy.dormantAfterMs;
  return askedTtlMs === Number.POSITIVE_INFINITY ? dormantAfterMs : Math.min(dormantAfterMs, ttlMs);
}

/** A lead that was the default of the ttl before follows the ttl; one that the caller chose stays. */
function grantLead(request: TermsRequest, ttlMs: number, current: Terms | null): number {
  const isDefault = current === null || current.expiringLeadMs === defaultLead(current.ttlMs);
  const leadMs = request.expiringLeadMs ?? (isDefault ? defaultLead(ttlMs) : current.expiringLeadMs);
  return Math.max(0, Math.min(leadMs, ttlMs - 1));
}

const LEAD_DEFAULT_MAX_MS = 15 * 60_000;

/** Returns how long before its end a session of that ttl is warned of, unless it asks for something else; ms. */
export function defaultLead(ttlMs: number): number {
  return Math.min(Math.floor(ttlMs / 10), LEAD_DEFAULT_MAX_MS);
}

/** Tells whether two terms promise the same; `revision` does not count. */
export function areTermsEqual(first: Terms, second: Terms): boolean {
  return (
    first.dormantAfterMs === second.dormantAfterMs &&
    first.ttlMs === second.ttlMs &&
    first.maxTtlMs === second.maxTtlMs &&
    first.neverExpires === second.neverExpires &&
    first.expiringLeadMs === second.expiringLeadMs
  );
}

/** Computes all deadlines from now on, for a session that began at `createdAt`. They may lie before earlier ones. */
export function openDeadlines(terms: Terms, createdAt: number, now: number): Deadlines {
  const maxExpireAt = terms.maxTtlMs > 0 ? createdAt + terms.maxTtlMs : null;
  const cap = maxExpireAt ?? Number.POSITIVE_INFINITY;
  const expireAt = terms.neverExpires ? null : Math.min(roundedUp(now, terms.ttlMs), cap);
  const dormantAt = Math.min(roundedUp(now, terms.dormantAfterMs), expireAt ?? cap);
  return { dormantAt, expireAt, maxExpireAt, warnAt: warningFor(expireAt, terms) };
}

/** Moves the deadlines for an access: never back, never past the cap. A given warning counts until expireAt moves. */
export function slideDeadlines(header: DeadlineBasis, now: number): Deadlines {
  const opened = openDeadlines(header.terms, header.createdAt, now);
  const dormantAt = Math.max(header.deadlines.dormantAt, opened.dormantAt);
  const { expireAt } = header.deadlines;
  if (expireAt === null || opened.expireAt === null || opened.expireAt <= expireAt) {
    return { ...header.deadlines, dormantAt };
  }
  return { ...opened, dormantAt };
}

/** Computes the deadlines under other terms; they may shrink. A warning given for the same expireAt is not given again. */
export function resetDeadlines(header: DeadlineBasis, terms: Terms, now: number): Deadlines {
  const opened = openDeadlines(terms, header.createdAt, now);
  const { expireAt, warnAt } = header.deadlines;
  const isWarned = warnAt === null && header.terms.expiringLeadMs > 0 && expireAt === opened.expireAt;
  return isWarned ? { ...opened, warnAt: null } : opened;
}

type DeadlineBasis = Pick<SessionHeader, 'deadlines' | 'terms' | 'createdAt'>;

/** The end of a span that begins now, rounded up to a bucket: min(60 s, 1 % of the span), none below 10 s. */
function roundedUp(now: number, spanMs: number): number {
  if (spanMs < 10_000) return now + spanMs;
  const bucketMs = Math.min(60_000, Math.floor(spanMs / 100));
  return Math.ceil((now + spanMs) / bucketMs) * bucketMs;
}

function warningFor(expireAt: number | null, terms: Terms): number | null {
  return expireAt === null || terms.expiringLeadMs === 0 ? null : expireAt - terms.expiringLeadMs;
}

/** Returns the next instant at which the sweeper has work on a session or tombstone; null when none is in sight. */
export function dueAtOf(header: Omit<SessionHeader, 'dueAt'>): number | null {
  if (header.isTombstone) return (header.endedAt ?? 0) + TOMBSTONE_MS;
  const { dormantAt, warnAt, expireAt } = header.deadlines;
  const discardAt = header.discard?.at ?? null;
  if (header.status === 'ACTIVE') return earliest([dormantAt, warnAt, expireAt, discardAt]);
  if (header.status === 'DORMANT') return earliest([warnAt, expireAt, discardAt]);
  return earliest([header.purgeAt, discardAt]);
}

function earliest(instants: readonly (number | null)[]): number | null {
  const known = instants.filter((at) => at !== null);
  return known.length === 0 ? null : Math.min(...known);
}
