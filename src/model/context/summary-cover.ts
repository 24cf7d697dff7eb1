import { hideRange, visibleSpans } from '../hidden-ranges.ts';
import type { SequenceRange } from '../session.ts';
import type { Summary } from '../summary.ts';

/** Tokens charged for what announces a summary in a context. */
const SUMMARY_OVERHEAD_TOKENS = 16;

/** Returns the summaries that stand in a context, oldest first: those that stand for their messages. */
export function contextSummaries(summaries: readonly Summary[]): Summary[] {
  return summaries
    .filter(({ kind }) => kind === 'COMPACTION')
    .toSorted((one, other) => one.firstSequence - other.firstSequence || one.lastSequence - other.lastSequence);
}

/** Returns the sequences that summaries stand for, joined with those out of sight, in the form of a header's `hidden`. */
export function coveredRanges(hidden: readonly SequenceRange[], summaries: readonly Summary[]): SequenceRange[] {
  return summaries.reduce<SequenceRange[]>(
    (covered, { firstSequence, lastSequence }) => hideRange(covered, [firstSequence, lastSequence]),
    [...hidden],
  );
}

/** Returns what summaries cost in a context. */
export function summaryTokens(summaries: readonly Summary[]): number {
  return summaries.reduce((sum, { tokenCount }) => sum + tokenCount + SUMMARY_OVERHEAD_TOKENS, 0);
}

/** Counts the messages of a range that are in sight. */
export function countVisible(hidden: readonly SequenceRange[], range: SequenceRange): number {
  return visibleSpans(hidden, range).reduce((sum, [first, last]) => sum + last - first + 1, 0);
}
