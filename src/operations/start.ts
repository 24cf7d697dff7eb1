import type { IfExists } from '../model/call.ts';
import type { JsonObject } from '../model/json.ts';
import type { SessionHead } from './session-head.ts';
import type { SessionView } from './session-view.ts';

/** NewSessionInput is what a new session is made from; absent spans are the server's defaults, empty text = not given. */
export interface NewSessionInput {
  userId: string;
  agentId: string;
  channel: string;
  conversationKey: string;
  /** Null = the default of the call. */
  ifExists: IfExists | null;
  state: JsonObject;
  metadata: JsonObject;
  labels: Record<string, string>;
  title: string;
  dormantAfterMs?: number;
  ttlMs?: number;
  maxTtlMs?: number;
  neverExpires: boolean;
  expiringLeadMs?: number;
  model: string;
  tokenLimit: number;
}

/** StartInput asks for a session, found by request id, id or key, else made. */
export interface StartInput extends NewSessionInput {
  sessionId: string;
  requestId: string;
}

/** StartAnswer holds the session after the call; `watchToken` was taken before it. */
export interface StartAnswer {
  head: SessionHead;
  session: SessionView;
  watchToken: string;
}
