import type { JsonObject } from '../model/json.ts';
import type { StoredMessage } from '../model/message.ts';
import type { SessionHead } from './session-head.ts';
import type { SessionView } from './session-view.ts';

/** ResumeInput asks to return to a session; empty text = not checked. */
export interface ResumeInput {
  sessionId: string;
  requestId: string;
  expectedVersion: number;
  statePatch: JsonObject;
  metadataPatch: JsonObject;
  userId: string;
  agentId: string;
  reopen: boolean;
  historyLimit: number;
}

/** ResumeAnswer holds the session after the call and its newest messages, oldest first. */
export interface ResumeAnswer {
  head: SessionHead;
  session: SessionView;
  previousGeneration: number;
  messages: StoredMessage[];
}
