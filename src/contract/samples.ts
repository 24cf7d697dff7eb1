import { type AgentActivity, emptyActivity } from '../model/activity.ts';
import type { AppendedMessage, RecordedCall } from '../model/basis.ts';
import { zeroCounters } from '../model/decide/absent-header.ts';
import type { EventKind, SessionEvent } from '../model/event.ts';
import type { SessionHeader, Terms } from '../model/session.ts';
import type { Summary } from '../model/summary.ts';

const HOUR_MS = 3_600_000;

/** The instant at which the samples are made, unless a case says otherwise. */
export const SAMPLE_AT: number = Date.UTC(2026, 0, 15, 12);

const SAMPLE_TERMS: Terms = {
  dormantAfterMs: 10 * HOUR_MS,
  ttlMs: 20 * HOUR_MS,
  maxTtlMs: 0,
  neverExpires: false,
  expiringLeadMs: 0,
  revision: 1,
};

/** Returns the header of a session that has just begun. */
export function sampleHeader(
  overrides: Partial<SessionHeader> & Pick<SessionHeader, 'tenant' | 'sessionId'>,
): SessionHeader {
  return {
    uid: `uid of ${overrides.sessionId}`,
    isTombstone: false,
    userId: '',
    agentId: '',
    channel: '',
    conversationKey: '',
    status: 'ACTIVE',
    outcome: null,
    endReason: null,
    qualityScore: 0,
    generation: 1,
    runId: 'run-1',
    rev: 1,
    version: 1,
    lastSequence: 0,
    lastTurnId: '',
    model: '',
    tokenLimit: 0,
    terms: SAMPLE_TERMS,
    deadlines: {
      dormantAt: SAMPLE_AT + SAMPLE_TERMS.dormantAfterMs,
      expireAt: SAMPLE_AT + SAMPLE_TERMS.ttlMs,
      maxExpireAt: null,
      warnAt: null,
    },
    warned: [],
    createdAt: SAMPLE_AT,
    lastAccessAt: SAMPLE_AT,
    endedAt: null,
    purgeAt: null,
    dueAt: SAMPLE_AT + SAMPLE_TERMS.dormantAfterMs,
    counters: zeroCounters(),
    hidden: [],
    discard: null,
    requestIds: { first: 1, next: 1 },
    claims: [],
    ...overrides,
  };
}

/** Returns a USER message with the body `message <sequence>` and no terms. */
export function sampleMessage(sequence: number, overrides: Partial<AppendedMessage> = {}): AppendedMessage {
  return {
    sequence,
    createdAt: SAMPLE_AT,
    runId: 'run-1',
    role: 'USER',
    messageId: '',
    turnId: '',
    sentAt: null,
    tokenCount: 3,
    isTokenCountExact: true,
    hasFiles: false,
    startsTurn: true,
    body: bytesOf(`message ${sequence}`),
    terms: [],
    ...overrides,
  };
}

/** Returns the messages numbered `first` to `last`. */
export function sampleMessages(
  first: number,
  last: number,
  overrides: Partial<AppendedMessage> = {},
): AppendedMessage[] {
  return Array.from({ length: last - first + 1 }, (_, place) => sampleMessage(first + place, overrides));
}

/** Returns an event of a session; its id names session, generation and kind. */
export function sampleEvent(
  { sessionId, generation, lastAccessAt, userId, agentId }: SessionHeader,
  kind: EventKind,
  overrides: Partial<SessionEvent> = {},
): SessionEvent {
  return {
    eventId: `${sessionId} ${generation} ${kind}`,
    kind,
    sessionId,
    generation,
    deadlineAt: SAMPLE_AT,
    recordedAt: SAMPLE_AT,
    lastAccessAt,
    userId,
    agentId,
    reason: 'CALLER',
    ...overrides,
  };
}

/** Returns what is remembered of the call that took a number. */
export function sampleRecordedCall(number: number, overrides: Partial<RecordedCall> = {}): RecordedCall {
  return {
    number,
    digest: `digest-${number}`,
    content: `content-${number}`,
    keepUntil: SAMPLE_AT + number,
    version: number,
    firstSequence: 0,
    lastSequence: 0,
    removedCount: 0,
    created: false,
    resumed: false,
    previousGeneration: 1,
    ...overrides,
  };
}

/** Returns a compaction summary of the messages `firstSequence..lastSequence`. */
export function sampleSummary(firstSequence: number, lastSequence: number, text: string): Summary {
  return {
    kind: 'COMPACTION',
    firstSequence,
    lastSequence,
    text,
    tokenCount: 5,
    createdAt: SAMPLE_AT,
    source: 'CALLER',
  };
}

/** Returns what an agent reported, at its first revision. */
export function sampleAgentActivity(
  overrides: Partial<AgentActivity> & Pick<AgentActivity, 'tenant' | 'agentId'>,
): AgentActivity {
  return { rev: 1, updatedAt: SAMPLE_AT, activity: emptyActivity(), requestIds: [], toolCalls: [], ...overrides };
}

/** Returns a text as UTF-8 in an array of its own. */
export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
