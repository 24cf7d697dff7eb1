import type { Basis, BasisNeeds, Changes, Claim } from '../model/basis.ts';
import type { SessionEvent } from '../model/event.ts';
import type { SessionRecord, SessionStatus } from '../model/session.ts';
import type { Summary } from '../model/summary.ts';

/**
 * CommitOutcome: `committed` is durable and visible; `conflict` wrote nothing, load and decide again;
 * `unknown` may have been written: load again, the request id tells.
 */
export type CommitOutcome = 'committed' | 'conflict' | 'unknown';

/** SessionOrder is a list's order: by a time, newest or oldest first, ties by session id (bytes) in the same direction. */
export interface SessionOrder {
  by: 'createdAt' | 'lastAccessAt';
  direction: 'newestFirst' | 'oldestFirst';
}

/** SessionFilter keeps sessions that match all that is set; tombstones never match. Times include `after` bounds' successors only: both exclude. */
export interface SessionFilter {
  userId?: string;
  agentId?: string;
  channel?: string;
  conversationKey?: string;
  /** Compared with the committed status. */
  statuses?: readonly SessionStatus[];
  /** With `statuses`: sessions with dueAt ≤ this match in any status, because their committed one may lag. */
  orDueBefore?: number;
  sessionIds?: readonly string[];
  /** Every given label must be there with this value. */
  labels?: Record<string, string>;
  /** Part of the title, compared without case. */
  titleQuery?: string;
  createdAfter?: number;
  createdBefore?: number;
  accessedAfter?: number;
  accessedBefore?: number;
}

/** SessionCursor is the place after which a list goes on: the last entry's ordering time and session id. */
export interface SessionCursor {
  at: number;
  sessionId: string;
}

/** SessionName names a session, of whatever tenant. */
export interface SessionName {
  tenant: string;
  sessionId: string;
}

/** DueSession is a session on which the sweeper has work. */
export interface DueSession extends SessionName {
  dueAt: number;
}

/** LoadOptions say how a session is read. */
export interface LoadOptions {
  signal?: AbortSignal;
  /**
   * How long ago the store may have been asked for what is answered, in ms: what a cache holds will do. Infinity for the
   * basis of a commit, which tells whether it was current. Absent or 0 = the store is asked.
   */
  maxAgeMs?: number;
}

/**
 * SessionStore keeps headers and what hangs on them. `load` and `commit` are all that a write needs:
 * the rules live in model/decide, never here.
 */
export interface SessionStore {
  /**
   * Reads one session's basis by id: header (or tombstone), and of the rest what `needs` names. Absent parts of a live
   * session are empty, not undefined, when they were asked for; a tombstone has no parts. Never answers that a session
   * is absent without asking the store.
   */
  load(tenant: string, sessionId: string, needs: BasisNeeds, options?: LoadOptions): Promise<Basis>;

  /**
   * Reads the headers of many sessions at once, for commits of which each tells whether it was current; what it leaves out,
   * tombstones among it, is loaded one by one. Absent where a load is no round trip.
   */
  loadHeaders?(sessions: readonly SessionName[]): Promise<Basis[]>;

  /**
   * Writes changes and events atomically if the session's uid, rev and deadlines still are the basis' (or it still is
   * absent), and no claim in `changes.claims` is held by another live uid. A slide asks for uid and rev alone and lowers
   * neither lastAccessAt, dueAt nor a deadline: a sweep never expires what slid meanwhile. Events become one row under the tenant's next number
   * (1 to 4 events a commit). When `changes.header` has another uid than the basis, or is a tombstone, everything that
   * hung on the basis' uid is out of reach at once and collected later.
   */
  commit(basis: Basis, changes: Changes, events: readonly SessionEvent[], signal?: AbortSignal): Promise<CommitOutcome>;

  /** Reads whole sessions in order, after the cursor, at most `limit`; stable under inserts. */
  list(
    tenant: string,
    filter: SessionFilter,
    order: SessionOrder,
    after: SessionCursor | null,
    limit: number,
    signal?: AbortSignal,
  ): Promise<SessionRecord[]>;

  /** Reads a live session's summaries, oldest first. */
  summaries(tenant: string, uid: string, signal?: AbortSignal): Promise<Summary[]>;

  /** Finds who holds a claim; null when nobody live does. */
  findClaim(tenant: string, key: string, signal?: AbortSignal): Promise<Claim | null>;

  /**
   * Reads sessions and tombstones with dueAt ≤ `dueBefore`, taking turns among tenants: first each tenant's earliest,
   * then each one's second, and so on. Only what is after the cursor in (dueAt, tenant, sessionId) takes part.
   */
  findDue(dueBefore: number, limit: number, after: DueSession | null): Promise<DueSession[]>;

  /** Counts the sessions and tombstones with dueAt ≤ `dueBefore`: the sweeper's backlog. */
  countDue(dueBefore: number): Promise<number>;

  /** Forgets a tombstone whose time is over, if it still has this uid and rev. */
  forget(tenant: string, sessionId: string, uid: string, rev: number): Promise<void>;
}
