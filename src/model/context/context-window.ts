import type { LoadedMessage } from './loaded-message.ts';
import { matchToolResults } from './match-tool-results.ts';
import { STAND_IN_TOKENS } from './repair-tool-calls.ts';

/** Tokens charged for the line that opens a context whose first message is not the user's. */
const OPENING_TOKENS = 16;

/** By how much of its budget the window falls when it is cut: from all of it down to 30 %. */
const STEP_SHARE = 0.7;

/** How far a newest turn that does not fit is read on, in budgets (of 1,000 at least), to tell what it needs. */
const REFUSED_BUDGETS_READ = 4;

/** WindowOptions bound a window over the messages that are neither pinned nor summarised. */
export interface WindowOptions {
  /** Tokens that it may hold; below zero where what is fixed does not fit. */
  budget: number;
  /** Messages that it may hold; 0 = no bound. */
  messagesMax: number;
  /** Where the grid begins: the tokens of the pinned messages. */
  gridStart: number;
  /** The tokens of all visible messages as the session's counters hold them. */
  totalTokens: number;
}

/** WindowCut is where a window begins. */
export interface WindowCut {
  /** Ascending; at least the newest turn, or what `messagesMax` leaves of it. */
  kept: LoadedMessage[];
  /** What `kept` costs with all repairs, at most; above the budget where even the newest turn does not fit. */
  cost: number;
  /** True when `messagesMax` made the cut, which slides with every message. */
  isSliding: boolean;
}

/**
 * ContextWindow chooses the newest messages that fit a budget; it is fed newest batch first and says when it has enough.
 *
 * The cut depends on the history alone. A grid lies over the running total of the session's tokens, with a line at each
 * 70 % of the budget; the window begins with the first turn at or after the oldest line that is within reach. Appends
 * leave it there until the window is full, then it jumps by a whole step: providers' prompt caches hit in between.
 */
export interface ContextWindow {
  /** Takes the messages directly before those offered so far, ascending. */
  offer(batch: readonly LoadedMessage[]): void;
  /** Tells whether still older messages cannot matter. */
  isFull(): boolean;
  /** Cuts; `hasOlder` says whether there are messages before those offered. */
  cut(hasOlder: boolean): WindowCut;
}

/** Creates an empty window. */
export function createContextWindow(options: WindowOptions): ContextWindow {
  const { budget, messagesMax } = options;
  const batches: (readonly LoadedMessage[])[] = [];
  const seen = { messages: 0, tokens: 0, turnStarts: 0, groupStarts: 0 };
  return {
    offer(batch) {
      batches.unshift(batch);
      seen.messages += batch.length;
      seen.tokens += sumTokens(batch);
      seen.turnStarts += batch.filter(({ startsTurn }) => startsTurn).length;
      seen.groupStarts += batch.filter(isGroupStart).length;
    },
    isFull() {
      if (messagesMax > 0 && seen.messages >= messagesMax && seen.groupStarts > 0) return true;
      if (seen.tokens > REFUSED_BUDGETS_READ * Math.max(budget, 1000)) return true;
      return seen.tokens > budget && seen.turnStarts > 0;
    },
    cut(hasOlder) {
      const walked = batches.flat();
      const byTokens = cutByTokens(walked, hasOlder, options);
      const byCount = messagesMax > 0 ? cutByCount(walked, hasOlder, messagesMax) : 0;
      const kept = walked.slice(Math.max(byTokens, byCount));
      const isSliding = messagesMax > 0 && (byCount > byTokens || (hasOlder && byTokens === 0));
      return { kept, cost: costOf(kept), isSliding };
    },
  };
}

/** Finds the first message of the window: the start of all, a turn behind a line of the grid, or the newest turn. */
function cutByTokens(
  walked: LoadedMessage[],
  hasOlder: boolean,
  { budget, gridStart, totalTokens }: WindowOptions,
): number {
  if (!hasOlder && costOf(walked) <= budget) return 0;
  const newestTurn = Math.max(
    walked.findLastIndex(({ startsTurn }) => startsTurn),
    0,
  );
  const end = totalTokens + walked.reduce((sum, { tokenCount, countedTokens }) => sum + tokenCount - countedTokens, 0);
  const base = end - sumTokens(walked);
  const starts = startsOfTurns(walked, base);
  const step = Math.max(1, Math.floor(STEP_SHARE * budget));
  for (let line = firstLine(end - budget, gridStart, step); ; line += step) {
    // A line before all that was read cuts nothing of it: the bound on messages has stopped the reading.
    const start = line <= base ? 0 : (starts.find(({ position }) => position >= line)?.index ?? newestTurn);
    if (start >= newestTurn || costOf(walked.slice(start)) <= budget) return start;
  }
}

/** Returns the first line of the grid at or after a position; its beginning is a line too. */
function firstLine(position: number, gridStart: number, step: number): number {
  return gridStart + Math.max(0, Math.ceil((position - gridStart) / step)) * step;
}

/** Returns the turns that begin in `walked`, each with the session's tokens before it. */
function startsOfTurns(walked: LoadedMessage[], base: number): { index: number; position: number }[] {
  const starts: { index: number; position: number }[] = [];
  let position = base;
  for (const [index, { startsTurn, tokenCount }] of walked.entries()) {
    if (startsTurn) starts.push({ index, position });
    position += tokenCount;
  }
  return starts;
}

/** Cuts to `messagesMax` at a turn, else inside the newest turn where no result is parted from its call. */
function cutByCount(walked: LoadedMessage[], hasOlder: boolean, messagesMax: number): number {
  const first = Math.max(0, walked.length - messagesMax);
  if (first === 0 && !hasOlder) return 0;
  const find = (isStart: (loaded: LoadedMessage) => boolean) =>
    walked.findIndex((loaded, index) => index >= first && isStart(loaded));
  const turn = find(({ startsTurn }) => startsTurn);
  if (turn >= 0) return turn;
  const group = find(isGroupStart);
  return group >= 0 ? group : Math.max(walked.findLastIndex(isGroupStart), 0);
}

function isGroupStart({ message }: LoadedMessage): boolean {
  return !message.parts.some(({ kind }) => kind === 'toolResult');
}

function sumTokens(messages: readonly LoadedMessage[]): number {
  return messages.reduce((sum, { tokenCount }) => sum + tokenCount, 0);
}

/** A result costs no less than its stand-in did, so that its arrival never moves the cut back. */
function costOf(kept: LoadedMessage[]): number {
  const openCalls = [...matchToolResults(kept).values()].flat().filter(({ result }) => result === null).length;
  const costs = kept.map(({ message, tokenCount }) => {
    const results = message.parts.filter(({ kind }) => kind === 'toolResult').length;
    return Math.max(tokenCount, results * STAND_IN_TOKENS);
  });
  return costs.reduce((sum, cost) => sum + cost, openCalls * STAND_IN_TOKENS + openingTokens(kept));
}

/** Returns what opening the context costs: a line stands before a first message that is not the user's. */
export function openingTokens(kept: readonly LoadedMessage[]): number {
  const first = kept[0]?.message;
  if (first === undefined) return 0;
  const isSpoken = first.parts.some(({ kind }) => kind !== 'toolResult' && kind !== 'toolCall');
  return first.role === 'USER' && isSpoken ? 0 : OPENING_TOKENS;
}
