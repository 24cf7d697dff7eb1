import type { Removal } from '../basis.ts';
import { hideRange } from '../hidden-ranges.ts';
import type { Counters, SequenceRange } from '../session.ts';
import { countMessage } from './count-message.ts';
import { countVersion, type Draft, partOf, writeHeader } from './draft.ts';
import { limitExceeded, messageNotFound } from './refusals.ts';

/**
 * Hides the messages of the basis' removal and drops the summaries that reach above it. Reports (tool calls, errors)
 * stay counted. Throws MESSAGE_NOT_FOUND when the cut names nothing there is, and LIMIT_EXCEEDED when the session would
 * have too many hidden ranges.
 */
export function cutMessages(draft: Draft): void {
  const { removal } = draft.basis;
  if (removal === undefined) throw new Error('a cut needs the removal that was read for its basis');
  if (removal === null) throw messageNotFound(draft.basis.sessionId);
  if (removal.messages.length === 0) return;
  const { header } = draft;
  const { throughSequence, lastTurnId } = removal;
  const hidden = hideRange(header.hidden, [throughSequence + 1, header.lastSequence]);
  requireFewRanges(draft, hidden);
  draft.facts.removedCount = removal.messages.length;
  writeHeader(draft, { hidden, lastTurnId, counters: countersWithout(header.counters, removal.messages) });
  dropSummaries(draft, throughSequence);
  countVersion(draft);
}

function requireFewRanges(draft: Draft, hidden: readonly SequenceRange[]): void {
  const max = draft.settings.limits.hiddenRangesMax;
  if (hidden.length <= max) return;
  const remedy = 'rewind further back or clear the messages';
  throw limitExceeded({ limit: 'hidden_ranges', field: 'hidden_ranges', value: hidden.length, max, remedy });
}

function countersWithout(counters: Counters, messages: Removal['messages']): Counters {
  return messages.reduce((left, message) => countMessage(left, message, -1), counters);
}

function dropSummaries(draft: Draft, throughSequence: number): void {
  if (draft.header.counters.summaryCount === 0) return;
  const kept = partOf(draft, 'summaries').filter(({ lastSequence }) => lastSequence <= throughSequence);
  draft.asides.summaries = kept;
  writeHeader(draft, { counters: { ...draft.header.counters, summaryCount: kept.length } });
}
