import type { Activity, ToolCallRecord } from './activity.ts';
import type { JsonObject } from './json.ts';
import type { NewMessage, Role, StoredMessage } from './message.ts';
import type { SessionDetails, SessionHeader } from './session.ts';
import type { Summary } from './summary.ts';

/** RecordedCall remembers the first answer to a request id of a session. */
export interface RecordedCall {
  /** Numbered 1, 2, 3 … within the session; Starts that made it, or found it under a caller's request id, from 2³² − 2 downwards. */
  number: number;
  /** Hash of the request id. */
  digest: string;
  /** Hash of RPC and content, map keys sorted. */
  content: string;
  /** Kept at least until this instant: 2 minutes for a caller's id, 0 for one the server made. */
  keepUntil: number;
  version: number;
  /** Sequences the call appended; 0 = none. */
  firstSequence: number;
  lastSequence: number;
  removedCount: number;
  created: boolean;
  resumed: boolean;
  previousGeneration: number;
}

/** BasisNeeds names what a call must see beside the header. */
export interface BasisNeeds {
  details?: boolean;
  state?: boolean;
  summaries?: boolean;
  activity?: boolean;
  /** Digests of request ids to look up. */
  requestIds?: string[];
  /** Call ids to look up among the tool calls counted so far. */
  toolCallIds?: string[];
  /** Claims to look up: which session holds each. */
  claims?: string[];
  /** The newest messages, if the store has them beside the header. */
  newest?: boolean;
  /** Every remembered request id and tool call that the store keeps beside the header, looked up or not. */
  memory?: boolean;
}

/** KnownMemory tells of what a basis holds everything there is: an id that is not there was never used. */
export interface KnownMemory {
  requestIds: boolean;
  toolCalls: boolean;
}

/** Claim makes a key of a tenant (Start's request id, or agent + channel + conversation key + user) one session's. */
export interface Claim {
  key: string;
  sessionId: string;
  uid: string;
}

/** Removal is what a cut takes out of sight, read from the messages after the header of the same basis. */
export interface Removal {
  /** The last sequence to stay; 0 = nothing stays. */
  throughSequence: number;
  /** The visible messages above it, ascending. */
  messages: { sequence: number; role: Role; tokenCount: number; startsTurn: boolean }[];
  /** The turn_id of the newest message that stays. */
  lastTurnId: string;
}

/** Basis is what a decision starts from: as loaded, or as the decisions before it in the same group left it. */
export interface Basis {
  tenant: string;
  sessionId: string;
  /** Null when the id was never used or everything about it is forgotten; may be a tombstone. */
  header: SessionHeader | null;
  details?: SessionDetails;
  state?: JsonObject;
  summaries?: Summary[];
  activity?: Activity;
  /** The looked-up request ids that are remembered, by digest. */
  recorded: ReadonlyMap<string, RecordedCall>;
  /** The oldest remembered request ids, oldest first, at most 16: what may be forgotten. */
  oldestRecorded: readonly { number: number; keepUntil: number }[];
  /** The looked-up tool calls that are known, by call id. */
  toolCalls: ReadonlyMap<string, ToolCallRecord>;
  /** The looked-up claims that are held, by key. */
  claims: ReadonlyMap<string, Claim>;
  /** The newest messages, hidden ones included: ascending without a hole up to lastSequence. Absent = read them. */
  newest?: readonly StoredMessage[];
  /** Present where `memory` was asked for. */
  known?: KnownMemory;
  /** How long ago the store was asked for what this basis holds, in ms; absent = for this load. */
  ageMs?: number;
  /** What the call's cut comes to, null when it names nothing there is; the commit loop reads it, not the store's load. */
  removal?: Removal | null;
}

/** Changes is what one commit writes: all of it or nothing, if the header still is the basis' (uid and rev). */
export interface Changes {
  header: SessionHeader;
  /** True when nothing but deadlines and lastAccessAt moved: `rev` stays, and deadlines only ever rise. */
  isSlide: boolean;
  /** Numbered on from the basis' lastSequence without a hole. */
  messages: AppendedMessage[];
  /** Replaced whole when set. */
  details?: SessionDetails;
  state?: JsonObject;
  summaries?: Summary[];
  activity?: Activity;
  recorded: RecordedCall[];
  /** Request ids numbered up to this one are forgotten; 0 = none. */
  forgetThrough: number;
  /** Inserted or replaced by call id. */
  toolCalls: ToolCallRecord[];
  /** Estimates made exact. */
  tokenCounts: { sequence: number; tokenCount: number }[];
  /** Taken for this session; a claim that another uid holds makes the commit a conflict. */
  claims: string[];
  /** Given back, if this uid holds them. The answer to a request id that is given back need not be remembered any more. */
  released: string[];
  /** Messages up to this sequence are removed for good; 0 = none. */
  discardThrough: number;
}

/** AppendedMessage is a message as it goes to the store: committed fields and the terms to index. */
export type AppendedMessage = StoredMessage & Pick<NewMessage, 'terms'>;

/** Returns changes that write a header and the given parts, and nothing else. */
export function changesWith(header: SessionHeader, parts: Partial<Changes> = {}): Changes {
  return {
    header,
    isSlide: false,
    messages: [],
    recorded: [],
    forgetThrough: 0,
    toolCalls: [],
    tokenCounts: [],
    claims: [],
    released: [],
    discardThrough: 0,
    ...parts,
  };
}
