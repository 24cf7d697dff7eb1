import type { Call } from '../call.ts';
import { countVersion, type Draft, pushEvent, writeHeader } from './draft.ts';
import { requirePresent, requireVersion } from './enter.ts';
import { releaseConversation, settleLapses } from './lapse.ts';
import { patchMetadata, writeDetails } from './write-details.ts';

type EndCall = Extract<Call, { kind: 'end' }>;

/**
 * Decides End, which is no access and works in every status: what time did is told first. What is over stays as it is;
 * ending twice answers the first end.
 */
export function decideEnd(draft: Draft, call: EndCall): void {
  requirePresent(draft);
  settleLapses(draft, 'record');
  if (draft.header.status === 'ENDED' || draft.header.status === 'EXPIRED') return;
  requireVersion(draft);
  const { now } = draft.time;
  writeHeader(draft, {
    status: 'ENDED',
    outcome: call.outcome,
    endReason: call.reason,
    qualityScore: call.qualityScore || draft.header.qualityScore,
    endedAt: now,
    purgeAt: now + draft.settings.terms.retentionMs,
  });
  countVersion(draft);
  writeDetails(draft, { errorMessage: call.errorMessage });
  patchMetadata(draft, call.metadata);
  releaseConversation(draft);
  pushEvent(draft, 'ENDED', now, call.reason);
}
