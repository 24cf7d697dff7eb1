import { expect } from 'vitest';
import {
  assembleContext,
  type Context,
  type ContextHead,
  headTokens,
} from '../../../src/model/context/assemble-context.ts';
import { createContextWindow, type WindowCut } from '../../../src/model/context/context-window.ts';
import type { LoadedMessage } from '../../../src/model/context/loaded-message.ts';
import type { ContextFormat } from '../../../src/model/context/render/render-context.ts';
import { SessionError } from '../../../src/model/session-error.ts';
import type { Summary } from '../../../src/model/summary.ts';

/** How a test asks for a context; what is not given is the default of the contract. */
export interface Asked {
  tokenLimit: number;
  maxMessages?: number;
  format?: ContextFormat;
  systemPrompt?: string;
  includeFiles?: boolean;
  /** Those that stand for their messages. */
  summaries?: Summary[];
  /** How many messages one step back reads. */
  pageMessages?: number;
}

/** Builds a context from a whole history as BuildContext does from a stored one: page by page, from the newest back. */
export function contextOf(history: readonly LoadedMessage[], asked: Asked): Context {
  const {
    tokenLimit,
    maxMessages = 0,
    format = 'OPENAI_CHAT',
    systemPrompt = '',
    includeFiles = false,
    summaries = [],
  } = asked;
  const head = { systemPrompt, systemPromptTokens: systemPrompt.length, summaries, pinned: pinnedOf(history) };
  const totalTokens = history.reduce((sum, { countedTokens }) => sum + countedTokens, 0);
  const window = windowOf(history, head, { ...asked, totalTokens });
  const options = { tokenLimit, maxMessages, format, includeFiles, omitSummaries: false };
  const session = { uid: 'u', hidden: [], lastSequence: history.at(-1)?.sequence ?? 0, totalTokens: sumOf(history) };
  return assembleContext(head, window, options, session);
}

function windowOf(
  history: readonly LoadedMessage[],
  head: ContextHead,
  asked: Asked & { totalTokens: number },
): WindowCut {
  const { tokenLimit, maxMessages = 0, pageMessages = 64, totalTokens } = asked;
  const window = createContextWindow({
    budget: tokenLimit - headTokens(head),
    messagesMax: maxMessages === 0 ? 0 : Math.max(1, maxMessages - head.pinned.length),
    gridStart: sumOf(head.pinned),
    totalTokens: head.pinned.reduce(
      (sum, { tokenCount, countedTokens }) => sum + tokenCount - countedTokens,
      totalTokens,
    ),
  });
  let rest = history
    .slice(head.pinned.length)
    .filter(({ sequence }) => !head.summaries.some((summary) => covers(summary, sequence)));
  while (rest.length > 0 && !window.isFull()) {
    window.offer(rest.slice(-pageMessages));
    rest = rest.slice(0, -pageMessages);
  }
  return window.cut(rest.length > 0);
}

function pinnedOf(history: readonly LoadedMessage[]): LoadedMessage[] {
  const end = history.findIndex(({ message: { role } }) => role !== 'SYSTEM' && role !== 'DEVELOPER');
  return history.slice(0, end === -1 ? history.length : end);
}

function covers({ firstSequence, lastSequence }: Summary, sequence: number): boolean {
  return firstSequence <= sequence && sequence <= lastSequence;
}

/** Builds a context, or the smallest one that can be had where the limit is too small. */
export function smallestFrom(history: LoadedMessage[], asked: Asked): Context {
  try {
    return contextOf(history, asked);
  } catch (error) {
    if (!(error instanceof SessionError) || error.reason !== 'TOKEN_LIMIT_TOO_SMALL') throw error;
    const tokenLimit = Number(error.metadata.needed_tokens);
    expect(tokenLimit).toBeGreaterThan(asked.tokenLimit);
    return smallestFrom(history, { ...asked, tokenLimit });
  }
}

/** Sums the tokens of messages. */
export function sumOf(messages: readonly LoadedMessage[]): number {
  return messages.reduce((sum, { tokenCount }) => sum + tokenCount, 0);
}
