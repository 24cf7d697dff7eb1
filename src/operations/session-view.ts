import type { JsonObject } from '../model/json.ts';
import type { Outcome, SessionStatus } from '../model/session.ts';

/** SessionCounters is what a session holds, in numbers. */
export interface SessionCounters {
  messageCount: number;
  turnCount: number;
  lastSequence: number;
  inputTokens: number;
  outputTokens: number;
  totalTokens: number;
  toolCallCount: number;
  errorCount: number;
  summaryCount: number;
}

/** SessionView is a whole session as answers show it; instants and spans in ms, null = not set, empty text = not given. */
export interface SessionView {
  sessionId: string;
  userId: string;
  agentId: string;
  status: SessionStatus;
  version: number;
  generation: number;
  runId: string;
  createdAt: number;
  lastAccessAt: number;
  /** Set while ACTIVE. */
  dormantAt: number | null;
  expireAt: number | null;
  counters: SessionCounters;
  state: JsonObject;
  metadata: JsonObject;
  title: string;
  labels: Record<string, string>;
  channel: string;
  conversationKey: string;
  outcome: Outcome | null;
  errorMessage: string;
  /** 0 = not rated. */
  qualityScore: number;
  model: string;
  /** 0 = by model. */
  tokenLimit: number;
  dormantAfterMs: number;
  /** Null with neverExpires. */
  ttlMs: number | null;
  maxTtlMs: number | null;
  neverExpires: boolean;
  expiringLeadMs: number;
  endedAt: number | null;
  maxExpireAt: number | null;
  purgeAt: number | null;
}
