import { emptyActivity } from '../activity.ts';
import type { SessionSpec } from '../call.ts';
import { grantTerms, openDeadlines } from '../deadlines.ts';
import { hideRange } from '../hidden-ranges.ts';
import type { SessionHeader } from '../session.ts';
import { zeroCounters } from './absent-header.ts';
import { countVersion, type Draft, writeHeader } from './draft.ts';
import { requireJsonSize } from './json-patch.ts';
import { takeClaims } from './take-claims.ts';

/** Makes a session where none is. Over a tombstone it gets a uid of its own and goes on from rev, version and numbers. */
export function createSession(draft: Draft, spec: SessionSpec, claims: readonly string[]): void {
  draft.facts.previousGeneration = 0;
  begin(draft, spec, claims, {
    uid: draft.conditions.fresh.uid,
    isTombstone: false,
    generation: 1,
    hidden: hideRange([], [1, draft.header.lastSequence]),
    requestIds: { first: 1, next: 1 },
    terms: grantTerms(spec.terms, draft.settings.terms, null),
  });
}

/**
 * Starts an EXPIRED or ENDED session over under its id: the next generation of the same uid. What was said goes out of
 * sight and is discarded after the retention; while an earlier discard is pending, the sweep that does it sees to the rest.
 */
export function restartSession(draft: Draft, spec: SessionSpec, claims: readonly string[]): void {
  const { generation, lastSequence, hidden, discard, terms } = draft.header;
  const at = draft.time.now + draft.settings.terms.retentionMs;
  begin(draft, spec, claims, {
    generation: generation + 1,
    hidden: hideRange(hidden, [1, lastSequence]),
    discard: discard ?? (lastSequence > 0 ? { through: lastSequence, at } : null),
    terms: { ...grantTerms(spec.terms, draft.settings.terms, null), revision: terms.revision + 1 },
  });
}

type Beginning = Partial<SessionHeader> & Pick<SessionHeader, 'terms'>;

function begin(draft: Draft, spec: SessionSpec, claims: readonly string[], fields: Beginning): void {
  const { now } = draft.time;
  requireJsonSize(spec.state, 'state', draft.settings.limits.stateBytesMax);
  requireJsonSize(spec.metadata, 'metadata', draft.settings.limits.metadataBytesMax);
  takeClaims(draft, claims);
  const { userId, agentId, channel, conversationKey, model, tokenLimit } = spec;
  writeHeader(draft, {
    ...fields,
    ...{ userId, agentId, channel, conversationKey, model, tokenLimit },
    status: 'ACTIVE',
    outcome: null,
    endReason: null,
    qualityScore: 0,
    runId: draft.conditions.fresh.runId,
    lastTurnId: '',
    deadlines: openDeadlines(fields.terms, now, now),
    warned: [],
    createdAt: now,
    lastAccessAt: now,
    endedAt: null,
    purgeAt: null,
    counters: zeroCounters(),
  });
  const { title, labels, metadata, state } = spec;
  draft.asides.details = { title, labels, metadata, errorMessage: '' };
  draft.asides.state = state;
  draft.asides.summaries = [];
  draft.asides.activity = emptyActivity();
  draft.facts.created = true;
  countVersion(draft);
}
