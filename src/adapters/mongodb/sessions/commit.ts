import { randomBytes } from 'node:crypto';
import type { Basis, Changes } from '../../../model/basis.ts';
import type { SessionEvent } from '../../../model/event.ts';
import { SessionError } from '../../../model/session-error.ts';
import type { CommitOutcome } from '../../../ports/session-store.ts';
import type { MongoContext } from '../context.ts';
import type { OutboxEntry, SessionDocument } from '../database/documents.ts';
import { DuplicateKey, OutcomeUnknown } from '../database/errors.ts';
import { knowOutcome } from '../database/know-outcome.ts';
import type { Outbox } from '../log/outbox.ts';
import type { Mover } from '../messages/mover.ts';
import { discardPlacement, placeMessages } from '../messages/staging.ts';
import { giveBack, takeClaims } from './claims.ts';
import { basisFilter, commitFilter, OUTBOX_MAX } from './commit-filter.ts';
import { commitUpdate } from './commit-update.ts';
import { type CommitWrite, encodeParts, isSameLife, outboxOf } from './commit-write.ts';
import { isCrowded, type TailFill } from './crowding.ts';
import { type KnownTail, KnownTails } from './known-tails.ts';
import { firstDocument } from './life-update.ts';
import { documentIdOf } from './session-codec.ts';
import { SharedUpdates } from './shared-updates.ts';
import { packToolCalls } from './tool-packs.ts';

/** How often room is made for one commit: others may take it meanwhile. */
const ATTEMPTS = 4;

/** What the update of a commit answers: enough to know whether the session should be moved on. */
const WRITTEN_FIELDS = { moved: 1, tailBytes: 1 };

type Written = TailFill & Partial<Pick<SessionDocument, 'outbox'>>;

/** Committer writes commits: what does not fit beside the header first, then everything at once by one write to one document. */
export class Committer {
  readonly #context: MongoContext;
  readonly #outbox: Outbox;
  readonly #mover: Mover;
  readonly #tails: KnownTails;
  readonly #shared: SharedUpdates;

  constructor(context: MongoContext, outbox: Outbox, mover: Mover) {
    this.#context = context;
    this.#outbox = outbox;
    this.#mover = mover;
    this.#tails = new KnownTails(() => context.clock.monotonicMs());
    this.#shared = new SharedUpdates(context.collections.sessions, (write) => this.#updateAlone(write));
  }

  /** Commits as ports/session-store.ts promises; events that could not be logged at once are logged later by any instance. */
  async commit(
    basis: Basis,
    changes: Changes,
    events: readonly SessionEvent[],
    signal?: AbortSignal,
  ): Promise<CommitOutcome> {
    signal?.throwIfAborted();
    try {
      const written = await this.#write(basis, changes, events, signal);
      if (written === null) return 'conflict';
      await this.#follow(basis, changes, written);
      return 'committed';
    } catch (error) {
      if (error instanceof OutcomeUnknown) return 'unknown';
      throw error;
    }
  }

  /** Only the write of the session's document itself can leave open whether it was made. */
  async #write(
    basis: Basis,
    changes: Changes,
    events: readonly SessionEvent[],
    signal?: AbortSignal,
  ): Promise<Written | null> {
    const { header, claims } = changes;
    const attempt = claims.length === 0 ? '' : randomBytes(12).toString('base64url');
    const giveBackTaken = () => giveBack(this.#context, header.tenant, claims, { by: attempt });
    try {
      const areTaken = await knowOutcome(takeClaims(this.#context, header, claims, attempt, signal));
      const written = areTaken ? await this.#place(basis, changes, events, signal) : null;
      if (written === null) await giveBackTaken();
      return written;
    } catch (error) {
      if (!(error instanceof OutcomeUnknown)) await giveBackTaken();
      throw error;
    }
  }

  async #place(
    basis: Basis,
    changes: Changes,
    events: readonly SessionEvent[],
    signal?: AbortSignal,
  ): Promise<Written | null> {
    const { uid } = changes.header;
    const write = await knowOutcome(this.#prepare(basis, changes, events));
    const { placement } = write;
    try {
      const written = basis.header === null ? await this.#insert(write, signal) : await this.#update(write, signal);
      if (written === null) await discardPlacement(this.#context, uid, placement);
      return written;
    } catch (error) {
      if (!(error instanceof OutcomeUnknown)) await discardPlacement(this.#context, uid, placement);
      throw error;
    }
  }

  /** Writes what does not fit the session's document; none of it counts before the document refers to it. */
  async #prepare(basis: Basis, changes: Changes, events: readonly SessionEvent[]): Promise<CommitWrite> {
    const at = this.#context.now();
    const parts = await encodeParts(this.#context, changes);
    const tools = await packToolCalls(this.#context, changes.header.uid, changes.toolCalls);
    const placement = await placeMessages(this.#context, changes);
    return { basis, changes, parts, placement, tools, outbox: outboxOf(events, at), at };
  }

  async #insert(write: CommitWrite, signal?: AbortSignal): Promise<Written | null> {
    const document = firstDocument(write);
    signal?.throwIfAborted();
    try {
      await this.#context.collections.sessions.insertOne(document);
      return this.#see(write, document);
    } catch (error) {
      if (error instanceof DuplicateKey && error.keys.includes('_id')) return null;
      throw error;
    }
  }

  async #update(write: CommitWrite, signal?: AbortSignal): Promise<Written | null> {
    signal?.throwIfAborted();
    const foreseen = this.#tails.take(write);
    if (foreseen !== null) return this.#updateShared(write, foreseen);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const written = await this.#updateAlone(write, signal);
      if (written !== null) return written;
      // A basis that was kept is likely outdated: one that the store has just given tells more than a look for the reason.
      if (write.basis.ageMs !== undefined || !(await this.#makeRoom(write, signal))) return null;
    }
    throw new SessionError('STORE_UNAVAILABLE', 'the session’s document is full and could not be moved on: try again', {
      retryAfterMs: 1000,
    });
  }

  async #updateShared(write: CommitWrite, foreseen: KnownTail): Promise<Written | null> {
    const written = await this.#shared.update(write, foreseen);
    if (written === foreseen) this.#tails.put(write, foreseen);
    return written;
  }

  async #updateAlone(write: CommitWrite, signal?: AbortSignal): Promise<Written | null> {
    const { sessions } = this.#context.collections;
    const projection = write.outbox.length > 0 ? { ...WRITTEN_FIELDS, outbox: 1 } : WRITTEN_FIELDS;
    const written = await sessions.findOneAndUpdate(commitFilter(write), commitUpdate(write), { projection, signal });
    return written === null ? null : this.#see(write, written);
  }

  /** A session whose document is getting full is moved on. */
  #see(write: CommitWrite, written: Written): Written {
    const { tenant, sessionId } = write.basis;
    this.#tails.see(write, written);
    if (isCrowded(write.changes, written)) this.#mover.note(documentIdOf(tenant, sessionId));
    return written;
  }

  /** Answers false where no room would help, because the basis is no longer what is stored. */
  async #makeRoom(write: CommitWrite, signal?: AbortSignal): Promise<boolean> {
    const { tenant, sessionId } = write.basis;
    const stored = await this.#context.collections.sessions.findOne(basisFilter(write), {
      projection: { uid: 1, outbox: 1 },
      signal,
    });
    if (stored === null) return false;
    const isOutboxFull = write.outbox.length > 0 && stored.outbox.length >= OUTBOX_MAX;
    const emptied = isOutboxFull
      ? this.#outbox.drainSession(stored._id, stored.uid, stored.outbox)
      : this.#mover.moveSession(tenant, sessionId);
    await knowOutcome(emptied);
    return true;
  }

  /** What follows a commit may fail or be left out: any instance completes it. */
  async #follow(basis: Basis, changes: Changes, written: Written): Promise<void> {
    const { header } = changes;
    const documentId = documentIdOf(header.tenant, header.sessionId);
    this.#context.uids.learn(header.uid, documentId);
    await Promise.all([
      this.#log(documentId, header.uid, written.outbox ?? []),
      giveBack(this.#context, header.tenant, releasedBy(basis, changes), { uid: { $in: uidsOf(basis, changes) } }),
    ]);
  }

  async #log(documentId: string, uid: string, outbox: readonly OutboxEntry[]): Promise<void> {
    try {
      await this.#outbox.logSession(documentId, uid, outbox);
    } catch (error) {
      this.#context.logger.debug({ session: documentId, error: String(error) }, 'events are left to be logged later');
    }
  }
}

/** A life that is over gives back all that it held. */
function releasedBy(basis: Basis, changes: Changes): string[] {
  const held = basis.header === null || isSameLife(basis, changes) ? [] : basis.header.claims;
  return [...new Set([...changes.released, ...held])].filter((key) => !changes.claims.includes(key));
}

function uidsOf({ header }: Basis, changes: Changes): string[] {
  return [...new Set([changes.header.uid, header?.uid ?? changes.header.uid])];
}
