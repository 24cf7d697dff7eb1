import type { Call } from '../call.ts';
import { countVersion, type Draft, pushEvent, writeHeader } from './draft.ts';
import { requirePresent, requireVersion } from './enter.ts';
import { releaseConversation, settleLapses } from './lapse.ts';
import { sessionOver } from './refusals.ts';
import { patchMetadata, writeDetails } from './write-details.ts';

type EndCall = Extract<Call, { kind: 'end' }>;

/** Decides End, which is no access: what time did is told first. Ending twice answers the first end. */
export function decideEnd(draft: Draft, call: EndCall): void {
  requirePresent(draft);
  if (draft.header.status === 'ENDED') return;
  settleLapses(draft, 'record');
  if (draft.header.status === 'EXPIRED') throw sessionOver(draft.header);
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
