import type { EndReason, SessionHeader } from '../session.ts';
import { absentHeader } from './absent-header.ts';
import { type Draft, pushEvent, writeHeader } from './draft.ts';
import { requirePresent, requireVersion } from './enter.ts';
import { settleLapses } from './lapse.ts';

/** Decides Delete, which is no access and works in every status. */
export function decideDelete(draft: Draft, call: { reason: EndReason }): void {
  requirePresent(draft);
  settleLapses(draft, 'record');
  requireVersion(draft);
  burySession(draft, draft.time.now, call.reason);
}

/**
 * Leaves a tombstone: uid, rev, version and last sequence, so that none goes back under the id; the generation and
 * counters of what was deleted, for the answer; and as run id the digest of the Delete's request id, to know it again.
 */
export function burySession(draft: Draft, deadlineAt: number, reason: EndReason): void {
  pushEvent(draft, 'DELETED', deadlineAt, reason);
  const { tenant, sessionId, claims, counters } = draft.header;
  draft.facts.removedCount = counters.messageCount;
  draft.asides.released.push(...claims);
  writeHeader(draft, { ...absentHeader(tenant, sessionId), ...remembered(draft), endReason: reason });
}

function remembered({ header, conditions, time }: Draft): Partial<SessionHeader> {
  const { uid, rev, version, lastSequence, generation, counters } = header;
  const runId = conditions.request?.digest ?? '';
  return { uid, rev, version, lastSequence, generation, counters, runId, endedAt: time.now };
}
