import type { Basis, BasisNeeds, Changes, Claim } from '../../../model/basis.ts';
import type { SessionEvent } from '../../../model/event.ts';
import type { SessionRecord } from '../../../model/session.ts';
import type { Summary } from '../../../model/summary.ts';
import type {
  CommitOutcome,
  DueSession,
  LoadOptions,
  SessionCursor,
  SessionFilter,
  SessionName,
  SessionOrder,
  SessionStore,
} from '../../../ports/session-store.ts';
import type { MongoContext } from '../context.ts';
import { knowOutcome } from '../database/know-outcome.ts';
import type { Outbox } from '../log/outbox.ts';
import type { Mover } from '../messages/mover.ts';
import { forgetTombstone } from '../purge/purge.ts';
import { findHolders } from './claims.ts';
import { Committer } from './commit.ts';
import { countDue, findDue } from './due.ts';
import { listSessions } from './list.ts';
import { loadBasis } from './load.ts';
import { loadHeaders } from './load-headers.ts';
import { decodeSummaries } from './part-codec.ts';
import { documentIdOf } from './session-codec.ts';

/** MongoSessionStore keeps each session in one document (documents.ts). */
export class MongoSessionStore implements SessionStore {
  readonly #context: MongoContext;
  readonly #outbox: Outbox;
  readonly #committer: Committer;

  constructor(context: MongoContext, outbox: Outbox, mover: Mover) {
    this.#context = context;
    this.#outbox = outbox;
    this.#committer = new Committer(context, outbox, mover);
  }

  async load(tenant: string, sessionId: string, needs: BasisNeeds, { signal }: LoadOptions = {}): Promise<Basis> {
    return loadBasis(this.#context, tenant, sessionId, needs, signal);
  }

  async loadHeaders(sessions: readonly SessionName[]): Promise<Basis[]> {
    return loadHeaders(this.#context, sessions);
  }

  async commit(
    basis: Basis,
    changes: Changes,
    events: readonly SessionEvent[],
    signal?: AbortSignal,
  ): Promise<CommitOutcome> {
    return this.#committer.commit(basis, changes, events, signal);
  }

  async list(
    tenant: string,
    filter: SessionFilter,
    order: SessionOrder,
    after: SessionCursor | null,
    limit: number,
    signal?: AbortSignal,
  ): Promise<SessionRecord[]> {
    return listSessions(this.#context, { tenant, filter, order, after, limit }, signal);
  }

  async summaries(tenant: string, uid: string, signal?: AbortSignal): Promise<Summary[]> {
    const known = this.#context.uids.documentIdOf(uid);
    const document = await this.#context.collections.sessions.findOne(
      { uid, t: tenant, tomb: { $exists: false }, ...(known !== undefined && { _id: known }) },
      { projection: { summaries: 1 }, signal },
    );
    return decodeSummaries(this.#context, uid, document?.summaries ?? [], signal);
  }

  async findClaim(tenant: string, key: string, signal?: AbortSignal): Promise<Claim | null> {
    return (await findHolders(this.#context, tenant, [key], signal)).get(key) ?? null;
  }

  async findDue(dueBefore: number, limit: number, after: DueSession | null): Promise<DueSession[]> {
    return findDue(this.#context, dueBefore, limit, after);
  }

  async countDue(dueBefore: number): Promise<number> {
    return countDue(this.#context, dueBefore);
  }

  /** What a tombstone's commits logged must be in the log before nobody knows of it. */
  async forget(tenant: string, sessionId: string, uid: string, rev: number): Promise<void> {
    const _id = documentIdOf(tenant, sessionId);
    const filter = { _id, uid, rev, tomb: true };
    const tombstone = await this.#context.collections.sessions.findOne(filter, { projection: { outbox: 1 } });
    if (tombstone === null) return;
    await knowOutcome(this.#outbox.drainSession(_id, uid, tombstone.outbox));
    await knowOutcome(forgetTombstone(this.#context, _id, uid, rev));
  }
}
