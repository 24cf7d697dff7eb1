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

/** Folds the oldest two that can be one until at most `max` are left; throws LIMIT_EXCEEDED where no two can. */
function foldSummaries(summaries: readonly Summary[], max: number): Summary[] {
  const stack = [...summaries];
  while (stack.length > max) {
    const value = stack.length;
    const remedy = 'give one that also covers the messages between two others';
    if (!foldOldest(stack)) throw limitExceeded({ limit: 'summaries', field: 'summary', value, max, remedy });
  }
  return stack;
}

function foldOldest(stack: Summary[]): boolean {
  for (const [at, older] of stack.entries()) {
    const above = stack.findIndex((newer, place) => place > at && canJoin(older, newer));
    const [newer] = above === -1 ? [] : stack.splice(above, 1);
    if (newer === undefined) continue;
    stack[at] = joined(older, newer);
    return true;
  }
  return false;
}

/** A COMPACTION takes its messages out of contexts: joined with a TURN, or across a gap, it would take others out, too. */
function canJoin(older: Summary, newer: Summary): boolean {
  if (older.kind !== newer.kind) return false;
  const doMeet = newer.firstSequence <= older.lastSequence + 1 && older.firstSequence <= newer.lastSequence + 1;
  return older.kind === 'TURN' || doMeet;
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
