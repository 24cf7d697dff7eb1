import type { SequenceRange } from '../session.ts';
import type { Summary } from '../summary.ts';
import type { LoadedMessage } from './loaded-message.ts';
import type { Repair } from './repair-tool-calls.ts';
import { countVisible, coveredRanges, summaryTokens } from './summary-cover.ts';

/** ContextDecisionKind is what a context does with a message; the contract says what each means. */
type ContextDecisionKind = 'PINNED' | 'KEPT' | 'SUMMARIZED' | 'DROPPED' | 'REPAIRED';

/** ContextDecision is what was done with a range of messages, and why, in words for people. */
interface ContextDecision {
  kind: ContextDecisionKind;
  firstSequence: number;
  lastSequence: number;
  reason: string;
  messageCount: number;
  tokenCount: number;
}

/**
 * ContextReport tells what a context kept and left out; kept ones include the pinned. The tokens of all that is not kept
 * are exact; where some are summarised and some dropped, each has its share by the number of messages.
 */
export interface ContextReport {
  keptMessages: number;
  keptTokens: number;
  summarizedMessages: number;
  summarizedTokens: number;
  summaryTokens: number;
  droppedMessages: number;
  droppedTokens: number;
  /** True when a bound on messages made the cut, which slides with every message. */
  sliding: boolean;
  /** Ascending. */
  decisions: ContextDecision[];
}

/** ReportInput is what a context was made from. */
export interface ReportInput {
  pinned: readonly LoadedMessage[];
  /** The window as cut, before repairs. */
  window: readonly LoadedMessage[];
  repairs: readonly Repair[];
  /** Those in the context. */
  summaries: readonly Summary[];
  hidden: readonly SequenceRange[];
  lastSequence: number;
  /** Tokens of all visible messages. */
  totalTokens: number;
  isSliding: boolean;
}

/** Reports what became of each visible message. */
export function reportContext(input: ReportInput): ContextReport {
  const repairsOf = Map.groupBy(input.repairs, ({ sequence }) => sequence);
  const read = [
    ...input.pinned.map((loaded) => readDecision(loaded, repairsOf, true)),
    ...input.window.map((loaded) => readDecision(loaded, repairsOf, false)),
  ];
  const unread = unreadDecisions(input);
  shareTokens(unread, input.totalTokens - sum(read, 'tokenCount'));
  const decisions = [...read, ...unread].toSorted((one, other) => one.firstSequence - other.firstSequence);
  const kept = read.filter(({ kind }) => kind !== 'DROPPED');
  const summarized = unread.filter(({ kind }) => kind === 'SUMMARIZED');
  const dropped = decisions.filter(({ kind }) => kind === 'DROPPED');
  return {
    keptMessages: kept.length,
    keptTokens: sum(kept, 'tokenCount'),
    summarizedMessages: sum(summarized, 'messageCount'),
    summarizedTokens: sum(summarized, 'tokenCount'),
    summaryTokens: summaryTokens(input.summaries),
    droppedMessages: sum(dropped, 'messageCount'),
    droppedTokens: sum(dropped, 'tokenCount'),
    sliding: input.isSliding,
    decisions: joinNeighbours(decisions),
  };
}

function readDecision(loaded: LoadedMessage, repairsOf: Map<number, Repair[]>, isPinned: boolean): ContextDecision {
  const own = repairsOf.get(loaded.sequence) ?? [];
  if (own.length > 0) {
    const kind = own.some(({ isLeftOut }) => isLeftOut) ? 'DROPPED' : 'REPAIRED';
    return decisionOn(loaded, kind, own.map(({ reason }) => reason).join('; '));
  }
  if (isPinned) return decisionOn(loaded, 'PINNED', 'leads the session as SYSTEM or DEVELOPER');
  return decisionOn(loaded, 'KEPT', 'among the newest that fit');
}

function decisionOn(
  { sequence, tokenCount }: LoadedMessage,
  kind: ContextDecisionKind,
  reason: string,
): ContextDecision {
  return { kind, firstSequence: sequence, lastSequence: sequence, reason, messageCount: 1, tokenCount };
}

/** Decides on what lies outside the window, by sequences alone: nothing of it was read. */
function unreadDecisions({
  pinned,
  window,
  summaries,
  hidden,
  lastSequence,
  isSliding,
}: ReportInput): ContextDecision[] {
  const head = pinned.at(-1)?.sequence ?? 0;
  const windowStart = window[0]?.sequence ?? lastSequence + 1;
  const reason = isSliding ? 'older than max_messages allows' : 'older than what fits';
  const decisions: ContextDecision[] = [];
  let next = head + 1;
  const drop = (last: number) => decisions.push(unread('DROPPED', [next, last], reason));
  for (const [first, last] of coveredRanges([], summaries)) {
    if (last < next) continue;
    drop(Math.min(first, windowStart) - 1);
    decisions.push(unread('SUMMARIZED', [Math.max(first, next), last], 'a summary stands for it'));
    next = last + 1;
  }
  drop(windowStart - 1);
  return decisions.filter(({ messageCount }) => messageCount > 0);

  function unread(kind: ContextDecisionKind, range: SequenceRange, why: string): ContextDecision {
    const messageCount = countVisible(hidden, [range[0], Math.min(range[1], lastSequence)]);
    return { kind, firstSequence: range[0], lastSequence: range[1], reason: why, messageCount, tokenCount: 0 };
  }
}

function shareTokens(decisions: ContextDecision[], tokens: number): void {
  let restTokens = Math.max(0, tokens);
  let restMessages = sum(decisions, 'messageCount');
  for (const decision of decisions) {
    decision.tokenCount = Math.round((restTokens * decision.messageCount) / restMessages);
    restTokens -= decision.tokenCount;
    restMessages -= decision.messageCount;
  }
}

function joinNeighbours(decisions: readonly ContextDecision[]): ContextDecision[] {
  const joined: ContextDecision[] = [];
  for (const decision of decisions) {
    const last = joined.at(-1);
    if (last?.kind === decision.kind && last.reason === decision.reason) {
      last.lastSequence = decision.lastSequence;
      last.messageCount += decision.messageCount;
      last.tokenCount += decision.tokenCount;
    } else joined.push({ ...decision });
  }
  return joined;
}

function sum(decisions: readonly ContextDecision[], field: 'messageCount' | 'tokenCount'): number {
  return decisions.reduce((total, decision) => total + decision[field], 0);
}
