import type { JsonObject } from './json.ts';
import type { Role } from './message.ts';

/**
 * SessionStatus moves ACTIVE ⇄ DORMANT by time and access, and from either to EXPIRED (time, for good) or ENDED (End).
 * ENDED goes back to ACTIVE by Resume with reopen. The committed status may lag behind the clock: `statusAt` tells.
 */
export type SessionStatus = 'ACTIVE' | 'DORMANT' | 'EXPIRED' | 'ENDED';

/** Outcome says how an ENDED session ended. */
export type Outcome = 'COMPLETED' | 'FAILED';

/** Terms are the spans, in ms, from which a session's deadlines are computed. */
export interface Terms {
  dormantAfterMs: number;
  ttlMs: number;
  /** Absolute cap counted from the start of the session; 0 = none. */
  maxTtlMs: number;
  neverExpires: boolean;
  /** How long before expireAt the EXPIRING warning comes; 0 = off. */
  expiringLeadMs: number;
  /** Counts the changes of the terms, so that a slide computed from older ones is refused. */
  revision: number;
}

/** Deadlines are instants in ms; null = never. Truth at every read: caches and TTL indexes are housekeeping. */
export interface Deadlines {
  dormantAt: number;
  expireAt: number | null;
  maxExpireAt: number | null;
  /** When the EXPIRING warning is due; null when off, or given for this expireAt. */
  warnAt: number | null;
}

/** Counters count what is visible (messages, turns, tokens) and what was reported (tool calls, errors). */
export interface Counters {
  messageCount: number;
  turnCount: number;
  inputTokens: number;
  outputTokens: number;
  toolCallCount: number;
  errorCount: number;
  summaryCount: number;
  messagesByRole: Record<Role, number>;
}

/** SequenceRange includes both ends. */
export type SequenceRange = [first: number, last: number];

/** EndReason says who or what ended, expired or removed a session; it is the reason of its events. */
export type EndReason =
  | 'CALLER'
  | 'USER_SESSION_LIMIT'
  | 'IDLE'
  | 'TTL'
  | 'MAX_TTL'
  | 'RETENTION'
  | 'CLEANUP'
  | 'ERASURE'
  | 'EXPIRING_LEAD';

/**
 * SessionHeader is the small record that every call on a session reads and most write (under 1 KiB as stored).
 * A tombstone is what stays of a deleted session for 72 h so that version and sequence never go back under its id.
 */
export interface SessionHeader {
  tenant: string;
  sessionId: string;
  /** Random for each life of an id; all that hangs on a session hangs on its uid. */
  uid: string;
  isTombstone: boolean;
  userId: string;
  agentId: string;
  channel: string;
  conversationKey: string;
  status: SessionStatus;
  outcome: Outcome | null;
  endReason: EndReason | null;
  /** 1 to 5; 0 = none. */
  qualityScore: number;
  generation: number;
  /** Names the run; on a tombstone the digest of the request id that deleted the session. */
  runId: string;
  /** Counts every header write but slides: the basis of compare-and-set. */
  rev: number;
  /** The public etag (semantics.md, Version). */
  version: number;
  lastSequence: number;
  /** The turn_id of the newest visible message. */
  lastTurnId: string;
  model: string;
  /** Tokens; 0 = the model's window. */
  tokenLimit: number;
  terms: Terms;
  deadlines: Deadlines;
  /** Expiries still ahead, in ms, that were warned of: terms that come back to one bring no second warning. */
  warned: number[];
  createdAt: number;
  lastAccessAt: number;
  endedAt: number | null;
  purgeAt: number | null;
  /** The next instant at which the sweeper has work here; null = none. */
  dueAt: number | null;
  counters: Counters;
  /** Sequences that Rewind, ClearMessages and RESTART took out of sight: ascending, disjoint, not adjacent, at most 256. */
  hidden: SequenceRange[];
  /** Messages up to `through` that RESTART hid and that are removed for good at `at`. */
  discard: { through: number; at: number } | null;
  /** Numbers of the oldest and of the next remembered request id. */
  requestIds: { first: number; next: number };
  /** The claims (Start's key and request id) that this session holds. */
  claims: string[];
}

/** SessionDetails is what describes a session and is read only where the whole session is answered. */
export interface SessionDetails {
  title: string;
  labels: Record<string, string>;
  metadata: JsonObject;
  errorMessage: string;
}

/** SessionRecord is a whole session but for its messages and summaries. */
export interface SessionRecord {
  header: SessionHeader;
  details: SessionDetails;
  state: JsonObject;
}
