import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  Outcome as PbOutcome,
  type Session as PbSession,
  SessionStatus as PbStatus,
  type SessionCountersSchema,
  type SessionHeadSchema,
  type SessionSchema,
} from '../../../gen/threadkeep/v1/session_pb.ts';
import type { Outcome, SessionStatus } from '../../model/session.ts';
import type { SessionHead } from '../../operations/session-head.ts';
import type { SessionCounters, SessionView } from '../../operations/session-view.ts';
import { durationFromMs, msFromDuration } from './duration.ts';
import { createEnumNames, type EnumNames } from './enum-names.ts';
import { timestampFromAt } from './timestamp.ts';

/** The model's statuses and the contract's numbers. */
export const statusNames: EnumNames<SessionStatus, PbStatus> = createEnumNames({
  ACTIVE: PbStatus.ACTIVE,
  DORMANT: PbStatus.DORMANT,
  EXPIRED: PbStatus.EXPIRED,
  ENDED: PbStatus.ENDED,
});

/** The model's outcomes and the contract's numbers. */
export const outcomeNames: EnumNames<Outcome, PbOutcome> = createEnumNames({
  COMPLETED: PbOutcome.COMPLETED,
  FAILED: PbOutcome.FAILED,
});

/** Makes the head of an answer. */
export function pbHeadFrom(head: SessionHead): MessageInitShape<typeof SessionHeadSchema> {
  return {
    sessionId: head.sessionId,
    status: statusNames.numberOf(head.status),
    version: head.version,
    lastSequence: head.lastSequence,
    generation: head.generation,
    runId: head.runId,
    dormantTime: timestampFromAt(head.dormantAt),
    expireTime: timestampFromAt(head.expireAt),
    dormantIn: spanFromMs(head.dormantInMs),
    expiresIn: spanFromMs(head.expiresInMs),
    created: head.created,
    resumed: head.resumed,
  };
}

/** Makes a whole session of an answer. */
export function pbSessionFrom(session: SessionView): MessageInitShape<typeof SessionSchema> {
  const { outcome, counters, createdAt, lastAccessAt, dormantAt, expireAt, endedAt, maxExpireAt, purgeAt, ...same } =
    session;
  return {
    sessionId: same.sessionId,
    userId: same.userId,
    agentId: same.agentId,
    channel: same.channel,
    conversationKey: same.conversationKey,
    version: same.version,
    generation: same.generation,
    runId: same.runId,
    title: same.title,
    labels: same.labels,
    metadata: same.metadata,
    state: same.state,
    errorMessage: same.errorMessage,
    qualityScore: same.qualityScore,
    model: same.model,
    tokenLimit: same.tokenLimit,
    neverExpires: same.neverExpires,
    status: statusNames.numberOf(same.status),
    outcome: outcome === null ? PbOutcome.UNSPECIFIED : outcomeNames.numberOf(outcome),
    counters: pbCountersFrom(counters),
    createTime: timestampFromAt(createdAt),
    lastAccessTime: timestampFromAt(lastAccessAt),
    dormantTime: timestampFromAt(dormantAt),
    expireTime: timestampFromAt(expireAt),
    endTime: timestampFromAt(endedAt),
    maxExpireTime: timestampFromAt(maxExpireAt),
    purgeTime: timestampFromAt(purgeAt),
    dormantAfter: durationFromMs(same.dormantAfterMs),
    ttl: spanFromMs(same.ttlMs),
    maxTtl: spanFromMs(same.maxTtlMs),
    expiringLead: durationFromMs(same.expiringLeadMs),
  };
}

/** Makes the counters of an answer. */
export function pbCountersFrom(counters: SessionCounters): MessageInitShape<typeof SessionCountersSchema> {
  return {
    ...counters,
    inputTokens: BigInt(counters.inputTokens),
    outputTokens: BigInt(counters.outputTokens),
    totalTokens: BigInt(counters.totalTokens),
  };
}

/** SpanFields are the spans that a request can ask of a session's deadlines. */
export type SpanFields = Partial<Pick<PbSession, 'dormantAfter' | 'ttl' | 'maxTtl' | 'expiringLead'>>;

/** TermsInput are the same spans in whole ms, rounded up since a TTL is a lower bound; absent stays absent. */
export interface TermsInput {
  dormantAfterMs?: number;
  ttlMs?: number;
  maxTtlMs?: number;
  expiringLeadMs?: number;
}

/** Reads the spans of a request; `path` stands before the fields' names. */
export function termsFrom({ dormantAfter, ttl, maxTtl, expiringLead }: SpanFields, path = ''): TermsInput {
  const terms: TermsInput = {};
  if (dormantAfter !== undefined) terms.dormantAfterMs = wholeMs(dormantAfter, `${path}dormant_after`);
  if (ttl !== undefined) terms.ttlMs = wholeMs(ttl, `${path}ttl`);
  if (maxTtl !== undefined) terms.maxTtlMs = wholeMs(maxTtl, `${path}max_ttl`);
  if (expiringLead !== undefined) terms.expiringLeadMs = wholeMs(expiringLead, `${path}expiring_lead`);
  return terms;
}

function wholeMs(duration: NonNullable<PbSession['ttl']>, field: string): number {
  return Math.ceil(msFromDuration(duration, field) ?? 0);
}

function spanFromMs(ms: number | null): ReturnType<typeof durationFromMs> | undefined {
  return ms === null ? undefined : durationFromMs(ms);
}
