import { isRequestClaim } from '../claim-key.ts';
import type { EndReason } from '../session.ts';
import { isPast } from '../store-time.ts';
import { type Draft, pushEvent, writeHeader } from './draft.ts';

/**
 * Settles what time has done to the session: DORMANT and the EXPIRING warning in time order, then EXPIRED, each pushed
 * once per generation and deadline. A warning that passed unseen is told as well, unless an access makes it void.
 */
export function settleLapses(draft: Draft, purpose: 'access' | 'record'): void {
  const { header, time } = draft;
  if (header.isTombstone || header.status === 'ENDED' || header.status === 'EXPIRED') return;
  const { dormantAt, warnAt, expireAt } = header.deadlines;
  const isExpired = isPast(expireAt, time);
  const isWarningDue = isPast(warnAt, time) && (isExpired || purpose === 'record');
  const isDormant = header.status === 'ACTIVE' && isPast(dormantAt, time);
  const isWarnedFirst = isWarningDue && warnAt !== null && warnAt < dormantAt;
  if (isWarnedFirst) giveWarning(draft);
  if (isDormant) goDormant(draft);
  if (isWarningDue && !isWarnedFirst) giveWarning(draft);
  if (isExpired) expire(draft);
}

function goDormant(draft: Draft): void {
  pushEvent(draft, 'DORMANT', draft.header.deadlines.dormantAt, 'IDLE');
  writeHeader(draft, { status: 'DORMANT' });
}

/** How many expiries at most are remembered as warned of; while all are ahead, no further warning is given. */
const WARNED_MAX = 8;

/** The deadline of a warning is the expiry that it announces, and each is announced once. */
function giveWarning(draft: Draft): void {
  const { deadlines } = draft.header;
  const expireAt = deadlines.expireAt ?? 0;
  const warned = draft.header.warned.filter((at) => at > draft.time.now);
  if (!warned.includes(expireAt) && warned.length < WARNED_MAX) {
    pushEvent(draft, 'EXPIRING', expireAt, 'EXPIRING_LEAD');
    warned.push(expireAt);
  }
  writeHeader(draft, { deadlines: { ...deadlines, warnAt: null }, warned });
}

function expire(draft: Draft): void {
  const { expireAt, maxExpireAt } = draft.header.deadlines;
  const reason: EndReason = expireAt === maxExpireAt ? 'MAX_TTL' : 'TTL';
  pushEvent(draft, 'EXPIRED', expireAt ?? 0, reason);
  writeHeader(draft, {
    status: 'EXPIRED',
    endReason: reason,
    endedAt: expireAt,
    purgeAt: draft.time.now + draft.settings.terms.retentionMs,
  });
  releaseConversation(draft);
}

/** Gives the conversation's claim back; the claims of request ids stay as long as the session. */
export function releaseConversation(draft: Draft): void {
  const released = draft.header.claims.filter((key) => !isRequestClaim(key));
  if (released.length === 0) return;
  draft.asides.released.push(...released);
  writeHeader(draft, { claims: draft.header.claims.filter(isRequestClaim) });
}
