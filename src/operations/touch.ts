import type { SessionHead } from './session-head.ts';

/** TouchInput asks to slide a session's deadlines; absent spans stay as they are. */
export interface TouchInput {
  sessionId: string;
  requestId: string;
  expectedVersion: number;
  dormantAfterMs?: number;
  ttlMs?: number;
}

/** TouchAnswer holds the deadlines as granted. */
export interface TouchAnswer {
  head: SessionHead;
}
