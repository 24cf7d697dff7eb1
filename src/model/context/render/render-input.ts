import type { Message } from '../../message.ts';
import type { Summary } from '../../summary.ts';
import type { RepairedMessage } from '../repair-tool-calls.ts';

/** RenderInput is a context before it takes a provider's form. */
export interface RenderInput {
  /** Empty = none. */
  systemPrompt: string;
  pinned: readonly Message[];
  summaries: readonly Summary[];
  /** Repaired: each call is directly followed by its one result. */
  messages: readonly RepairedMessage[];
  /** False = inline files are shown as a short text. */
  includeFiles: boolean;
}

/** What opens a conversation whose first message is not the user's, where a provider wants the user first. */
export const OPENING_TEXT = '(The conversation goes on from here.)';

/** Returns what a summary is shown as. */
export function summaryText(summary: Summary): string {
  return `Summary of the conversation so far:\n${summary.text}`;
}
