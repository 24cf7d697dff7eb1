import { slideDeadlines } from '../deadlines.ts';
import type { Deadlines } from '../session.ts';
import { type Draft, writeHeader } from './draft.ts';
import { settleLapses } from './lapse.ts';
import { notFound, sessionOver, versionMismatch } from './refusals.ts';

/** Refuses an absent session. */
export function requirePresent(draft: Draft): void {
  if (draft.header.isTombstone) throw notFound(draft.basis.sessionId);
}

/** Refuses a call whose condition on the version does not hold. */
export function requireVersion(draft: Draft): void {
  const expected = draft.conditions.expectedVersion ?? 0;
  if (expected !== 0 && expected !== draft.header.version) throw versionMismatch(expected, draft.header.version);
}

/**
 * Refuses a session that is another's. A session without a user is nobody's: whoever names a user does not get it.
 * Empty text names none.
 */
export function requireOwner(draft: Draft, userId: string): void {
  if (userId !== '' && userId !== draft.header.userId) throw notFound(draft.basis.sessionId);
}

/** Enters a session as every access does: settles what time did, checks status and version, revives, slides. */
export function enterSession(draft: Draft): void {
  requireLive(draft);
  requireVersion(draft);
  reviveAndSlide(draft);
}

/** Refuses a session that is absent or over, after settling what time did to it. */
function requireLive(draft: Draft): void {
  requirePresent(draft);
  settleLapses(draft, 'access');
  const { status } = draft.header;
  if (status === 'EXPIRED' || status === 'ENDED') throw sessionOver(draft.header);
}

/** Slides a live session's deadlines, after reviving it when it is DORMANT. */
export function reviveAndSlide(draft: Draft): void {
  if (draft.header.status === 'DORMANT') beginRun(draft);
  noteAccess(draft, slideDeadlines(draft.header, draft.time.now));
}

/** Begins the next generation: the session is ACTIVE under another run id. */
export function beginRun(draft: Draft): void {
  const { generation } = draft.header;
  draft.facts.resumed = true;
  writeHeader(draft, { status: 'ACTIVE', generation: generation + 1, runId: draft.conditions.fresh.runId });
}

/** Sets the deadlines that an access earns, and its time; by itself a slide. */
export function noteAccess(draft: Draft, deadlines: Deadlines): void {
  draft.header.deadlines = deadlines;
  draft.header.lastAccessAt = Math.max(draft.header.lastAccessAt, draft.time.now);
}
