import type { SessionHead } from './session-head.ts';

/** ClearMessagesInput asks to remove all messages, and with `clearSummaries` the summaries. */
export interface ClearMessagesInput {
  sessionId: string;
  requestId: string;
  expectedVersion: number;
  clearSummaries: boolean;
}

/** ClearMessagesAnswer counts the removed messages. */
export interface ClearMessagesAnswer {
  head: SessionHead;
  removedCount: number;
}
