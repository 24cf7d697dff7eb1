import type { SessionSpec } from '../model/call.ts';
import type { Message } from '../model/message.ts';
import type { Summary } from '../model/summary.ts';

/** Conversation is a whole conversation as an import brings it; ranges of summaries count its messages from 1. */
export interface Conversation {
  sessionId: string;
  spec: SessionSpec;
  messages: Message[];
  summaries: Omit<Summary, 'createdAt' | 'source'>[];
}
