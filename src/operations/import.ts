import type { SessionSpec } from '../model/call.ts';
import type { Message } from '../model/message.ts';
import type { Reason } from '../model/session-error.ts';
import type { Conversation } from './import-conversation.ts';

/** ImportedPiece is a conversation or a piece of one; the pieces of one follow each other. */
export interface ImportedPiece {
  /** In the first piece only. */
  session: { sessionId: string; spec: SessionSpec } | null;
  messages: Message[];
  /** In the last piece only. */
  summaries: Conversation['summaries'];
  /** True when the next piece belongs to this conversation too. */
  more: boolean;
}

/** ImportAnswer counts what became of the conversations of a stream. */
export interface ImportAnswer {
  importedCount: number;
  appendedCount: number;
  unchangedCount: number;
  refusedCount: number;
  /** Messages that were stored. */
  messageCount: number;
  /** The first 1,000. */
  failures: ImportFailure[];
}

/** ImportFailure says why a conversation was refused; `position` counts the stream's conversations from 1. */
export interface ImportFailure {
  position: number;
  sessionId: string;
  reason: Reason;
  message: string;
}
