import type { Call } from '../call.ts';
import { SessionError } from '../session-error.ts';
import type { Summary } from '../summary.ts';
import { countVersion, type Draft, partOf, writeHeader } from './draft.ts';
import { requirePresent, requireVersion } from './enter.ts';
import { limitExceeded } from './refusals.ts';

/** Decides AddSummary, which is no access and works in every status: the summary goes on top, older ones are folded. */
export function decideAddSummary(draft: Draft, call: Extract<Call, { kind: 'addSummary' }>): void {
  requirePresent(draft);
  requireVersion(draft);
  addSummary(draft, call.summary);
}

/** Puts a summary on top of the session's. */
export function addSummary(draft: Draft, summary: Omit<Summary, 'createdAt'>): void {
  requireRange(summary, draft.header.lastSequence);
  const stacked = [...partOf(draft, 'summaries'), { ...summary, createdAt: draft.time.now }];
  const { summariesMax, messageBytesMax } = draft.settings.limits;
  const summaries = foldSummaries(stacked, summariesMax);
  requireFoldedSize(summaries, messageBytesMax);
  draft.asides.summaries = summaries;
  writeHeader(draft, { counters: { ...draft.header.counters, summaryCount: summaries.length } });
  countVersion(draft);
}

function requireRange(summary: Omit<Summary, 'createdAt'>, last: number): void {
  const { firstSequence, lastSequence } = summary;
  if (firstSequence >= 1 && firstSequence <= lastSequence && lastSequence <= last) return;
  throw new SessionError(
    'INVALID_FIELD',
    `a summary of messages ${firstSequence} to ${lastSequence} does not fit a session with messages 1 to ${last}, give a range inside`,
    { field: lastSequence > last ? 'summary.last_sequence' : 'summary.first_sequence' },
  );
}

/** What is folded again and again would grow for ever. */
function requireFoldedSize(summaries: readonly Summary[], max: number): void {
  for (const { text } of summaries) {
    const value = Buffer.byteLength(text);
    const remedy = 'keep shorter summaries, or clear these with ClearMessages';
    if (value > max) throw limitExceeded({ limit: 'summary_bytes', field: 'summary.text', value, max, remedy });
  }
}

/** Folds the two oldest of one kind into one until at most `max` are left; `max` is 2 or more. */
function foldSummaries(summaries: readonly Summary[], max: number): Summary[] {
  const stack = [...summaries];
  while (stack.length > max) foldOldest(stack);
  return stack;
}

/** Kinds stay apart: a COMPACTION takes its messages out of the context, a TURN must not. */
function foldOldest(stack: Summary[]): void {
  const at = stack.findIndex(({ kind }, place) => stack.some((other, above) => above > place && other.kind === kind));
  const above = stack.findIndex(({ kind }, place) => place > at && kind === stack[at]?.kind);
  const [newer] = stack.splice(above, 1);
  const older = stack[at];
  if (older !== undefined && newer !== undefined) stack[at] = joined(older, newer);
}

function joined(older: Summary, newer: Summary): Summary {
  return {
    ...newer,
    firstSequence: Math.min(older.firstSequence, newer.firstSequence),
    lastSequence: Math.max(older.lastSequence, newer.lastSequence),
    text: `${older.text}\n\n${newer.text}`,
    tokenCount: older.tokenCount + newer.tokenCount,
  };
}
