import type { Counters, SessionHeader, Terms } from '../session.ts';

/** Makes the header of an id of which nothing is remembered: a tombstone on which version, rev and numbers begin. */
export function absentHeader(tenant: string, sessionId: string): SessionHeader {
  return {
    tenant,
    sessionId,
    uid: '',
    isTombstone: true,
    userId: '',
    agentId: '',
    channel: '',
    conversationKey: '',
    status: 'ENDED',
    outcome: null,
    endReason: null,
    qualityScore: 0,
    generation: 0,
    runId: '',
    rev: 0,
    version: 0,
    lastSequence: 0,
    lastTurnId: '',
    model: '',
    tokenLimit: 0,
    terms: noTerms(),
    deadlines: { dormantAt: 0, expireAt: null, maxExpireAt: null, warnAt: null },
    warned: [],
    createdAt: 0,
    lastAccessAt: 0,
    endedAt: null,
    purgeAt: null,
    dueAt: null,
    counters: zeroCounters(),
    hidden: [],
    discard: null,
    requestIds: { first: 1, next: 1 },
    claims: [],
  };
}

/** Makes counters that have counted nothing. */
export function zeroCounters(): Counters {
  return {
    messageCount: 0,
    turnCount: 0,
    inputTokens: 0,
    outputTokens: 0,
    toolCallCount: 0,
    errorCount: 0,
    summaryCount: 0,
    messagesByRole: { SYSTEM: 0, DEVELOPER: 0, USER: 0, ASSISTANT: 0, TOOL: 0 },
  };
}

function noTerms(): Terms {
  return { dormantAfterMs: 0, ttlMs: 0, maxTtlMs: 0, neverExpires: true, expiringLeadMs: 0, revision: 0 };
}
