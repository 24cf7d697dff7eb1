import type { SessionHead } from './session-head.ts';

/** DeleteInput asks to delete a session; with `allowMissing` one that is not there is no error. */
export interface DeleteInput {
  sessionId: string;
  requestId: string;
  expectedVersion: number;
  allowMissing: boolean;
}

/** DeleteAnswer counts what went; `head` is the session as it was, null when there was none. */
export interface DeleteAnswer {
  head: SessionHead | null;
  messagesDeleted: number;
  summariesDeleted: number;
}
