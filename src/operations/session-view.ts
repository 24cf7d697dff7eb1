import type { Basis, BasisNeeds } from '../model/basis.ts';
import type { JsonObject } from '../model/json.ts';
import type { Outcome, SessionHeader, SessionRecord, SessionStatus } from '../model/session.ts';
import type { StoreTime } from '../model/store-time.ts';
import { shownDeadlines } from './session-head.ts';

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

/** What of a session a view shows beside the header. */
export const VIEW_NEEDS: BasisNeeds = { details: true, state: true };

/** Shows a whole session. */
export function viewSession({ header, details, state }: SessionRecord, time: StoreTime): SessionView {
  const { terms } = header;
  const { status, dormantAt, expireAt } = shownDeadlines(header, time);
  return {
    sessionId: header.sessionId,
    userId: header.userId,
    agentId: header.agentId,
    status,
    version: header.version,
    generation: header.generation,
    runId: header.runId,
    createdAt: header.createdAt,
    lastAccessAt: header.lastAccessAt,
    dormantAt,
    expireAt,
    counters: countersOf(header),
    state,
    ...details,
    channel: header.channel,
    conversationKey: header.conversationKey,
    outcome: header.outcome,
    qualityScore: header.qualityScore,
    model: header.model,
    tokenLimit: header.tokenLimit,
    dormantAfterMs: terms.dormantAfterMs,
    ttlMs: terms.neverExpires ? null : terms.ttlMs,
    maxTtlMs: terms.maxTtlMs === 0 ? null : terms.maxTtlMs,
    neverExpires: terms.neverExpires,
    expiringLeadMs: terms.expiringLeadMs,
    endedAt: header.endedAt ?? (status === 'EXPIRED' ? expireAt : null),
    maxExpireAt: header.deadlines.maxExpireAt,
    purgeAt: header.purgeAt,
  };
}

/** Shows a session from a basis that holds what a view needs. */
export function viewBasis({ header, details, state }: Basis, time: StoreTime): SessionView {
  if (header === null || details === undefined || state === undefined)
    throw new Error('a session is shown from a basis that was loaded without it');
  return viewSession({ header, details, state }, time);
}

/** Returns what a session holds, in numbers. */
export function countersOf({ counters, lastSequence }: SessionHeader): SessionCounters {
  const { messageCount, turnCount, inputTokens, outputTokens, toolCallCount, errorCount, summaryCount } = counters;
  const totalTokens = inputTokens + outputTokens;
  return {
    ...{ messageCount, turnCount, lastSequence, inputTokens, outputTokens, totalTokens },
    ...{ toolCallCount, errorCount, summaryCount },
  };
}
