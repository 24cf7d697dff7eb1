import type { SequenceRange } from '../session.ts';
import { SessionError } from '../session-error.ts';
import type { Summary } from '../summary.ts';
import { type ContextReport, reportContext } from './context-report.ts';
import { contextTag, prefixHash } from './context-tag.ts';
import { openingTokens, type WindowCut } from './context-window.ts';
import type { LoadedMessage } from './loaded-message.ts';
import { type ContextFormat, renderContext } from './render/render-context.ts';
import { type RepairedHistory, type RepairedMessage, repairToolCalls, STAND_IN_TOKENS } from './repair-tool-calls.ts';
import { summaryTokens } from './summary-cover.ts';

/** Tokens charged for the framing of a system prompt. */
const SYSTEM_PROMPT_OVERHEAD_TOKENS = 4;

/** ContextHead is what stands before the window, whatever is cut. */
export interface ContextHead {
  /** Empty = none. */
  systemPrompt: string;
  /** Its tokens without framing. */
  systemPromptTokens: number;
  pinned: readonly LoadedMessage[];
  /** Those that stand for their messages, oldest first. */
  summaries: readonly Summary[];
}

/** ContextOptions is how a context is to look. */
export interface ContextOptions {
  tokenLimit: number;
  /** 0 = no bound. */
  maxMessages: number;
  format: ContextFormat;
  omitSummaries: boolean;
  includeFiles: boolean;
}

/** ContextSession is what a context must know of its session. */
export interface ContextSession {
  uid: string;
  hidden: readonly SequenceRange[];
  lastSequence: number;
  /** The tokens of all visible messages, exact for those that were read. */
  totalTokens: number;
}

/** Context is what to send to a model next. */
export interface Context {
  /** Pinned ones first. */
  messages: RepairedMessage[];
  summaries: readonly Summary[];
  rendered: string;
  tokenCount: number;
  prefixHash: string;
  tag: string;
  report: ContextReport;
}

/** Returns what the head of a context costs. */
export function headTokens({ systemPrompt, systemPromptTokens, pinned, summaries }: ContextHead): number {
  const prompt = systemPrompt === '' ? 0 : systemPromptTokens + SYSTEM_PROMPT_OVERHEAD_TOKENS;
  return pinned.reduce((sum, { tokenCount }) => sum + tokenCount, prompt + summaryTokens(summaries));
}

/** Makes a context of its head and window; TOKEN_LIMIT_TOO_SMALL, with `needed_tokens`, where they do not fit. */
export function assembleContext(
  head: ContextHead,
  window: WindowCut,
  options: ContextOptions,
  session: ContextSession,
): Context {
  checkFits(headTokens(head) + window.cost, options.tokenLimit);
  const repaired = repairToolCalls([...head.pinned, ...window.kept]);
  const { messages } = repaired;
  const windowStart = messages.findIndex(({ sequence }) => sequence > (head.pinned.at(-1)?.sequence ?? 0));
  const pinnedCount = windowStart === -1 ? messages.length : windowStart;
  const prefix = prefixHash({
    ...head,
    ...options,
    uid: session.uid,
    pinned: head.pinned.map(({ sequence }) => sequence),
    firstSequence: window.kept[0]?.sequence ?? 0,
  });
  return {
    messages,
    summaries: head.summaries,
    rendered: renderContext(options.format, {
      ...head,
      ...options,
      pinned: messages.slice(0, pinnedCount).map(({ message }) => message),
      messages: messages.slice(pinnedCount),
    }),
    tokenCount: headTokens(head) + windowTokens(window.kept, repaired),
    prefixHash: prefix,
    tag: contextTag(prefix, [options.tokenLimit, options.maxMessages, options.omitSummaries], messages),
    report: reportContext({
      ...head,
      ...session,
      window: window.kept,
      repairs: repaired.repairs,
      isSliding: window.isSliding,
    }),
  };
}

function checkFits(neededTokens: number, tokenLimit: number): void {
  if (neededTokens <= tokenLimit) return;
  throw new SessionError(
    'TOKEN_LIMIT_TOO_SMALL',
    `token_limit is ${tokenLimit}, and what leads the session and its newest turn need ${neededTokens}; raise it to that, or send max_messages to shorten the turn`,
    { field: 'token_limit', metadata: { token_limit: String(tokenLimit), needed_tokens: String(neededTokens) } },
  );
}

function windowTokens(kept: readonly LoadedMessage[], { repairs, standInCount }: RepairedHistory): number {
  const leftOut = new Set(repairs.filter(({ isLeftOut }) => isLeftOut).map(({ sequence }) => sequence));
  const staying = kept.filter(({ sequence }) => !leftOut.has(sequence));
  const standIns = standInCount * STAND_IN_TOKENS + openingTokens(staying);
  return staying.reduce((sum, { tokenCount }) => sum + tokenCount, standIns);
}
