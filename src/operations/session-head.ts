import type { SessionHeader, SessionStatus } from '../model/session.ts';

/** SessionHead is what every answer about one session begins with; instants and spans in ms, null = not set. */
export interface SessionHead {
  sessionId: string;
  status: SessionStatus;
  version: number;
  lastSequence: number;
  generation: number;
  runId: string;
  /** Set while ACTIVE. */
  dormantAt: number | null;
  expireAt: number | null;
  /** From the answer to dormantAt and expireAt; never negative. */
  dormantInMs: number | null;
  expiresInMs: number | null;
  created: boolean;
  resumed: boolean;
}

/** HeadFacts is what a call knows of a session: its header, and what the call did. */
export interface HeadFacts {
  header: SessionHeader;
  /** What the call made or saw, on a repetition older than the header's; absent = the header's. */
  version?: number;
  created?: boolean;
  resumed?: boolean;
}
