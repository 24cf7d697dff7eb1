import type { Cut } from '../model/call.ts';
import type { StoredMessage } from '../model/message.ts';
import type { SessionHead } from './session-head.ts';

/** RewindInput asks to remove the newest messages. */
export interface RewindInput {
  sessionId: string;
  requestId: string;
  expectedVersion: number;
  cut: Cut;
}

/** RewindAnswer holds the removed messages, oldest first; the oldest are left out where the answer would be too large. */
export interface RewindAnswer {
  head: SessionHead;
  removedCount: number;
  removedMessages: StoredMessage[];
  removedTruncated: boolean;
}
