import type { StoredMessage } from '../model/message.ts';
import type { Summary } from '../model/summary.ts';
import type { SessionView } from './session-view.ts';

/** ExportInput asks for the conversations that match all filters given; empty text, no entries and null filter nothing. */
export interface ExportInput {
  userId: string;
  agentId: string;
  sessionIds: string[];
  /** Instants in ms; both exclude. */
  createdAfter: number | null;
  createdBefore: number | null;
}

/** ExportedPiece is a conversation or a piece of one; the pieces of one follow each other. */
export interface ExportedPiece {
  /** In the first piece only. */
  session: SessionView | null;
  /** Visible ones, oldest first, inline files included. */
  messages: StoredMessage[];
  /** In the last piece only; ranges count the conversation's messages from 1. */
  summaries: Summary[];
  /** True when the next piece belongs to this conversation too. */
  more: boolean;
}
