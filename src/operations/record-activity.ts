import type { SessionHead } from './session-head.ts';
import type { SessionCounters } from './session-view.ts';

/** RecordActivityInput reports what an agent did, in a session, or by its id alone; null and empty text say nothing. */
export interface RecordActivityInput {
  sessionId: string;
  requestId: string;
  agentId: string;
  toolCall: { callId: string; name: string; durationMs: number | null; success: boolean } | null;
  error: { message: string } | null;
  responseTimeMs: number | null;
  agentStatus: string;
}

/** RecordActivityAnswer holds the session after the call; both are null without a session. */
export interface RecordActivityAnswer {
  head: SessionHead | null;
  counters: SessionCounters | null;
}
