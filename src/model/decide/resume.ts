import type { Call } from '../call.ts';
import { openDeadlines } from '../deadlines.ts';
import { countVersion, type Draft, writeHeader } from './draft.ts';
import { beginRun, noteAccess, requireOwner, requirePresent, requireVersion, reviveAndSlide } from './enter.ts';
import { settleLapses } from './lapse.ts';
import { notFound, sessionOver } from './refusals.ts';
import { takeFreeClaims } from './take-claims.ts';
import { patchMetadata, patchState, writeDetails } from './write-details.ts';

type ResumeCall = Extract<Call, { kind: 'resume' }>;

/** Decides Resume: an access that may merge state and metadata, and with `reopen` brings an ENDED session back. */
export function decideResume(draft: Draft, call: ResumeCall): void {
  requirePresent(draft);
  requireOwner(draft, call.userId);
  if (call.agentId !== '' && call.agentId !== draft.header.agentId) throw notFound(draft.basis.sessionId);
  settleLapses(draft, 'access');
  const { status } = draft.header;
  if (status === 'EXPIRED' || (status === 'ENDED' && !canReopen(draft, call))) throw sessionOver(draft.header);
  requireVersion(draft);
  if (status === 'ENDED') reopen(draft, call.claims ?? []);
  else reviveAndSlide(draft);
  patchState(draft, call.state);
  patchMetadata(draft, call.metadata);
}

/** A session whose absolute limit has passed cannot come back. */
function canReopen(draft: Draft, call: ResumeCall): boolean {
  const { maxExpireAt } = draft.header.deadlines;
  return call.reopen && (maxExpireAt === null || maxExpireAt > draft.time.now);
}

function reopen(draft: Draft, claims: readonly string[]): void {
  const { terms, createdAt } = draft.header;
  beginRun(draft);
  writeHeader(draft, { outcome: null, endReason: null, endedAt: null, purgeAt: null });
  writeDetails(draft, { errorMessage: '' });
  noteAccess(draft, openDeadlines(terms, createdAt, draft.time.now));
  takeFreeClaims(draft, claims);
  countVersion(draft);
}
