import type { IfExists, SessionSpec } from '../call.ts';
import { createSession, restartSession } from './create-session.ts';
import type { Draft } from './draft.ts';
import { requireOwner, requireVersion, reviveAndSlide } from './enter.ts';
import { settleLapses } from './lapse.ts';
import { sessionExists, sessionOver } from './refusals.ts';
import { takeRequestClaims } from './take-claims.ts';

/** Decides Start: makes the session, or does with the one that is there what `spec.ifExists` says. */
export function decideStart(draft: Draft, call: { spec: SessionSpec; claims: string[] }): void {
  findOrCreate(draft, call, call.spec.ifExists);
}

/** Finds, revives, restarts or makes the session; the answer's `created` tells whether it is another than before. */
export function findOrCreate(draft: Draft, start: { spec: SessionSpec; claims: string[] }, ifExists: IfExists): void {
  const { spec, claims } = start;
  if (draft.header.isTombstone) {
    requireVersion(draft);
    createSession(draft, spec, claims);
    return;
  }
  requireOwner(draft, spec.userId);
  if (ifExists === 'FAIL') throw sessionExists(draft.basis.sessionId);
  if (ifExists !== 'RETURN') settleLapses(draft, 'access');
  const isOver = draft.header.status === 'EXPIRED' || draft.header.status === 'ENDED';
  if (isOver && ifExists === 'RESUME') throw sessionOver(draft.header);
  requireVersion(draft);
  if (isOver && ifExists === 'RESTART') {
    restartSession(draft, spec, claims);
    return;
  }
  if (ifExists !== 'RETURN') reviveAndSlide(draft);
  takeRequestClaims(draft, claims);
}
