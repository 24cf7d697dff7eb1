import type { Changes } from './basis.ts';
import type { SessionEvent } from './event.ts';
import type { JsonObject } from './json.ts';
import type { Limits, TermsPolicy } from './limits.ts';
import type { NewMessage } from './message.ts';
import type { EndReason, Outcome, SequenceRange, SessionHeader } from './session.ts';
import type { SessionError } from './session-error.ts';
import type { Summary } from './summary.ts';

/** IfExists says what Start does when the session is there (api.md, Finding or making a session). */
export type IfExists = 'FAIL' | 'RETURN' | 'RESUME' | 'RESTART';

/** TermsRequest is what a caller asks of the deadlines, in ms; undefined = the server's default, or as it is. */
export interface TermsRequest {
  dormantAfterMs?: number;
  ttlMs?: number;
  maxTtlMs?: number;
  neverExpires?: boolean;
  expiringLeadMs?: number;
}

/** SessionSpec is what a new session is made from. Empty text = not given. */
export interface SessionSpec {
  userId: string;
  agentId: string;
  channel: string;
  conversationKey: string;
  title: string;
  labels: Record<string, string>;
  metadata: JsonObject;
  state: JsonObject;
  terms: TermsRequest;
  model: string;
  tokenLimit: number;
  ifExists: IfExists;
}

/** FreshIds are random identities for a decision, the same however often they are asked for: made before it, or when it needs them. */
export interface FreshIds {
  readonly uid: string;
  readonly runId: string;
}

/** RequestIdentity makes a call idempotent: digests of its request id and of its content. */
export interface RequestIdentity {
  digest: string;
  content: string;
  /** True for an id that the server made for its own retries. */
  isServerMade: boolean;
}

/** CallConditions is what every call carries. */
export interface CallConditions {
  fresh: FreshIds;
  /** Absent on calls that are not remembered (reads, Touch inside a bucket, the sweeper). */
  request?: RequestIdentity;
  /** 0 = unconditional. */
  expectedVersion?: number;
}

/** JsonPatch replaces top-level keys of `set` whole and deletes the keys of `remove`. */
export interface JsonPatch {
  set: JsonObject;
  remove: string[];
}

/**
 * Call is everything that can happen to one session: the RPCs, the sweeper and background work.
 * `decide` has one file per kind.
 */
export type Call = CallConditions &
  (
    | { kind: 'start'; spec: SessionSpec; claims: string[] }
    | { kind: 'access' }
    | {
        kind: 'resume';
        userId: string;
        agentId: string;
        reopen: boolean;
        state: JsonPatch;
        metadata: JsonPatch;
        /** The conversation's claim, taken again when an ENDED session is reopened and nobody else holds it. */
        claims?: string[];
      }
    | { kind: 'touch'; terms: TermsRequest }
    | {
        kind: 'update';
        update: SessionUpdate;
        /** The conversation's claim under the user that the update sets, taken if nobody else holds it. */
        claims?: string[];
      }
    | {
        kind: 'end';
        outcome: Outcome;
        errorMessage: string;
        qualityScore: number;
        metadata: JsonPatch;
        reason: EndReason;
      }
    | { kind: 'delete'; reason: EndReason }
    | { kind: 'rewind'; cut: Cut }
    | { kind: 'clearMessages'; clearSummaries: boolean }
    | {
        kind: 'append';
        messages: NewMessage[];
        state: JsonPatch;
        startIfMissing: { spec: SessionSpec; claims: string[] } | null;
        /** Cuts before appending, in the same commit. */
        cut: Cut | null;
        /** True for an import, which may bring any number of messages at once. */
        isImport: boolean;
        /** Put on top of the session's own after the messages, with sequences as they are then. */
        summaries?: Omit<Summary, 'createdAt'>[];
      }
    | { kind: 'recordActivity'; activity: ActivityReport }
    | { kind: 'addSummary'; summary: Omit<Summary, 'createdAt'> }
    | {
        kind: 'settleTokens' /** The header's rev under which the counts were read. */;
        rev: number;
        counts: SettledCount[];
      }
    | { kind: 'sweep' }
  );

/** SettledCount makes the estimate `previousCount` of a message exact. */
export interface SettledCount {
  sequence: number;
  role: NewMessage['role'];
  previousCount: number;
  tokenCount: number;
}

/** Cut says which messages a Rewind takes out of sight: those above a sequence, the newest messages or turns, or a turn and all after it. */
export type Cut =
  | { kind: 'throughSequence'; sequence: number }
  | { kind: 'lastMessages'; count: number }
  | { kind: 'lastTurns'; count: number }
  | { kind: 'turnId'; turnId: string };

/** SessionUpdate holds the fields that Update's mask names; undefined = untouched. */
export interface SessionUpdate {
  title?: string;
  labels?: Record<string, string>;
  qualityScore?: number;
  userId?: string;
  model?: string;
  tokenLimit?: number;
  terms: TermsRequest;
  state: JsonPatch;
  metadata: JsonPatch;
}

/** ActivityReport is what RecordActivity says; absent parts say nothing. */
export interface ActivityReport {
  toolCall?: { callId: string; name: string; durationMs: number | null; success: boolean };
  error?: { message: string };
  responseTimeMs?: number;
  agentStatus?: string;
}

/** Answer is what a decided call tells its operation; on a repeated request id the first answer's facts with today's header. */
export interface Answer {
  header: SessionHeader;
  /** The version this call made or saw, which on a repetition is older than header.version. */
  version: number;
  created: boolean;
  resumed: boolean;
  /** The generation before this call. */
  previousGeneration: number;
  /** Sequences appended, or null. */
  sequences: SequenceRange | null;
  removedCount: number;
  /** True when a request id was recognised and nothing was done. */
  isRepeated: boolean;
}

/** Decision is what a call comes to: what to commit (null = nothing), and then what to answer. A refusal can commit, too. */
export interface Decision {
  changes: Changes | null;
  events: SessionEvent[];
  outcome: { answer: Answer } | { refusal: SessionError };
}

/** DecideSettings is the configuration that decisions depend on. */
export interface DecideSettings {
  limits: Limits;
  terms: TermsPolicy;
}
