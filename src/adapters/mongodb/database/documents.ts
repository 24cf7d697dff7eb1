import type { Binary } from 'mongodb';
import type { SessionEvent } from '../../../model/event.ts';
import type { Role } from '../../../model/message.ts';
import type { Counters, EndReason, Outcome, SessionStatus, Terms } from '../../../model/session.ts';
import type { SummaryKind } from '../../../model/summary.ts';
import type { Documents } from './database.ts';

// Instants are numbers (ms since the epoch), but for gcAt, which TTL indexes want as a date. Absent = null, empty or 0.

/** SessionDocument is a session, or its tombstone: the header, what is small beside it, and the newest messages. */
export interface SessionDocument {
  /** `tenant/session_id`. */
  _id: string;
  uid: string;
  t: string;
  sid: string;
  tomb?: true;
  user?: string;
  agent?: string;
  channel?: string;
  ckey?: string;
  status: SessionStatus;
  gen: number;
  rev: number;
  version: number;
  /** The last committed sequence. */
  seq: number;
  createdAt: number;
  lastAt: number;
  dormantAt: number;
  expireAt?: number;
  warnAt?: number;
  dueAt?: number;
  /** The claims that it holds, by key. */
  holds?: string[];
  head: HeadFields;
  details: DetailsFields;
  /** JSON text: keys and depth are the caller's, not MongoDB's. */
  state: string;
  summaries: SummaryFields[];
  /** JSON text, or where it lies when it is long (session-codec.ts). */
  activity?: StoredText;
  /** The newest remembered request ids, ascending by number; older ones are moved to `calls`. */
  rids: RequestIdEntry[];
  /** Those of Starts, which are remembered by rules of their own (call-memory.ts). */
  starts?: RequestIdEntry[];
  /** Numbers up to this one were moved to `calls`. */
  ridsMoved?: number;
  /** Numbers up to this one are forgotten, wherever they still lie. */
  ridsForgotten?: number;
  /** The newest counted tool calls; older ones are moved to `calls`. */
  tools: ToolCallEntry[];
  toolsMoved?: true;
  /** The newest messages, ascending without a hole up to `seq`: those not moved on yet, and at least 32 where there are. */
  tail: TailMessage[];
  /** Bytes of the tail, about. */
  tailBytes: number;
  /** Messages up to this number are in `messages`. */
  moved: number;
  /** When the session wants to be moved on; absent = nothing to move. */
  moveAt?: number;
  /** Messages up to this number were removed for good. */
  floor?: number;
  /** Estimates made exact whose messages still lie in the tail, or were not told in `messages` yet. */
  settled?: SettledTokens[];
  /** What the purge still has to release. */
  gone?: GoneChildren[];
  /** Commits whose events are not in the log yet, oldest first, at most 4. */
  outbox: OutboxEntry[];
  gcAt?: Date;
}

/** SettledTokens is the exact count of a message that was committed with an estimate: it holds wherever the message lies. */
export interface SettledTokens {
  n: number;
  tok: number;
}

/** GoneChildren is what hung on a uid that is over, or (with `through`) a life's messages up to a number. */
export interface GoneChildren {
  uid: string;
  through?: number;
  at: number;
}

/** HeadFields are the rest of the header, replaced by every write but slides; absent = null, empty, 0 (session-codec.ts). */
export interface HeadFields {
  outcome?: Outcome;
  endReason?: EndReason;
  quality?: number;
  run: string;
  turn?: string;
  model?: string;
  tokenLimit?: number;
  terms: Terms;
  maxExpireAt?: number;
  warned?: number[];
  endedAt?: number;
  purgeAt?: number;
  counters: Counters;
  /** First and last of each range, one after the other. */
  hidden?: number[];
  discard?: { through: number; at: number };
  requestIds: { first: number; next: number };
  claims?: string[];
}

/** StoredText is a text, or the reference to where a long one lies (bodies.ts, storeText). */
export type StoredText = string | BodyReference;

/** DetailsFields are a session's details; the title is there in lower case, too, where that differs, to be searched. */
export interface DetailsFields {
  title: string;
  lower?: string;
  /** Each label as the JSON text of [key, value], to be found whole. */
  labels: string[];
  /** JSON text. */
  metadata: StoredText;
  error: string;
}

/** SummaryFields is a summary, with its text by reference where it is long. */
export interface SummaryFields {
  kind: SummaryKind;
  first: number;
  last: number;
  text: StoredText;
  tok: number;
  at: number;
}

/** RequestIdEntry is a RecordedCall in one text (call-codec.ts): a list of them takes little room, and is in the order of their numbers. */
export type RequestIdEntry = string;

/** ToolCallEntry is a ToolCallRecord (call-codec.ts). */
export interface ToolCallEntry {
  id: string;
  name: string;
  failed?: true;
  ms?: number;
  start?: number;
  /** Where many tool calls lie for which this entry stands (tool-packs.ts). */
  pack?: BodyReference;
}

/** OutboxEntry is one commit's events on their way to the log. */
export interface OutboxEntry {
  /** When they were pushed, by the store's now. */
  at: number;
  /** The first event's id: unique in the tenant's log. */
  eid: string;
  events: SessionEvent[];
}

/** MessageFields is a committed message wherever it lies; exactly one of `body` and `ref` is there. */
export interface MessageFields {
  n: number;
  role: Role;
  /** The caller's message id and turn id; absent = none. */
  mid?: string;
  turn?: string;
  run: string;
  at: number;
  sentAt?: number;
  tok: number;
  /** True while `tok` is an estimate. */
  est?: true;
  files?: true;
  /** Begins a turn. */
  starts?: true;
  body?: Binary;
  ref?: BodyReference;
  /** Distinct search terms. */
  terms: string[];
  crc: number;
}

/** BodyReference says where a body lies that is too large for the tail, or a long text: `uid/b/…` or `uid/x/<hash>/<chunk>` of `bodies`. */
export interface BodyReference {
  hash: string;
  bytes: number;
  chunks: number;
}

/** TailMessage is a message in its session's document; a stub's fields lie staged in `bodies` until it is moved. */
export type TailMessage = MessageFields | StagedMessage;

/**
 * StagedMessage stands for the messages `n` to `n + count - 1` of a large batch: their fields lie in `bodies` as
 * `uid/s/<attempt>/<index>` and the `count - 1` indexes that follow, until they are moved.
 */
export interface StagedMessage {
  n: number;
  staged: { attempt: string; index: number; count: number };
}

/** MessageDocument is a message that was moved on. */
export interface MessageDocument extends MessageFields {
  /** `uid/000000000042`. */
  _id: string;
  uid: string;
  t: string;
  sid: string;
  user?: string;
  agent?: string;
  gcAt?: Date;
}

/** BodyDocument is a piece of a large body or summary, at most 255 KiB, or a staged message. */
export interface BodyDocument {
  /** `uid/b/<hash>/<chunk>`, `uid/x/<name>.<hash>/<chunk>` or `uid/s/<attempt>/<index>`. */
  _id: string;
  data?: Binary;
  message?: MessageFields;
  /** When it was written, by the store's now. */
  at: number;
  gcAt?: Date;
}

/** CallDocument is a request id or tool call that no longer fits beside its header. */
export interface CallDocument {
  /** `uid/r/<digest>` or `uid/t/<call id>`. */
  _id: string;
  /** The request id's number; of a tool call, the session's rev when it was moved. A greater one replaces a smaller one. */
  n: number;
  call: RequestIdEntry | ToolCallEntry;
  gcAt?: Date;
}

/** ClaimDocument makes a key one session's, while that session lives and lists it among its claims. */
export interface ClaimDocument {
  /** `tenant/key`. */
  _id: string;
  /** Of the life that took it; empty where several did of which one can come (claims.ts). */
  uid: string;
  sid: string;
  at: number;
  /** The attempt to commit that took it; empty where several did. */
  by: string;
  gcAt?: Date;
}

/** EventDocument is one row of a tenant's log. */
export interface EventDocument {
  _id: string;
  t: string;
  n: number;
  eid: string;
  events: SessionEvent[];
  /** Record time of the row. */
  rec: number;
  gcAt?: Date;
}

/** AgentDocument is what an agent reported without a session. */
export interface AgentDocument {
  /** `tenant/agent`. */
  _id: string;
  t: string;
  agent: string;
  rev: number;
  updatedAt: number;
  /** The AgentActivity as JSON: what tools are called is no name for a field. */
  activity: string;
}

/** MetaDocument: `identity`, `schema` (version and lease), `instance/<id>` (sign of life), `outage/<from>-<to>`. */
export interface MetaDocument {
  _id: string;
  [field: string]: unknown;
}

/** Collections are all that the adapter keeps, by name. */
export interface Collections {
  sessions: Documents<SessionDocument>;
  messages: Documents<MessageDocument>;
  bodies: Documents<BodyDocument>;
  calls: Documents<CallDocument>;
  claims: Documents<ClaimDocument>;
  session_events: Documents<EventDocument>;
  agents: Documents<AgentDocument>;
  meta: Documents<MetaDocument>;
}
