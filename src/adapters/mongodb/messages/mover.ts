import { SessionError } from '../../../model/session-error.ts';
import type { MongoContext } from '../context.ts';
import { OutcomeUnknown } from '../database/errors.ts';
import { moveOnce } from './move-session.ts';

/** So many sessions are moved at a time, so that foreground calls find a connection. */
const MOVED_AT_ONCE = 4;

/** A session that cannot be moved is tried again after this, so that it does not stand before the others. */
const RETRY_AFTER_MS = 600_000;

/**
 * Mover copies messages from the tails of sessions to `messages` and calls to `calls`, then pulls them. Each step can be
 * repeated by any instance; what is read is complete at any time.
 */
export class Mover {
  readonly #context: MongoContext;
  readonly #moving = new Map<string, Promise<void>>();
  readonly #noted = new Set<string>();
  #running = 0;
  #isClosed = false;
  #idle = Promise.withResolvers<void>();

  constructor(context: MongoContext) {
    this.#context = context;
    this.#idle.resolve();
  }

  /** Moves a session on. Throws what the store threw. */
  moveSession(tenant: string, sessionId: string): Promise<void> {
    return this.#move(`${tenant}/${sessionId}`);
  }

  /** Moves a session on soon, in the background, because it grows; one that is noted, or being moved, is moved once. */
  note(documentId: string): void {
    if (this.#isClosed || this.#moving.has(documentId)) return;
    this.#noted.add(documentId);
    if (this.#running === 0) this.#idle = Promise.withResolvers<void>();
    if (this.#running < MOVED_AT_ONCE) void this.#work();
  }

  /** Moves on what is due, at most `limit` sessions; answers how many were moved. */
  async moveDue(limit: number): Promise<number> {
    const { collections, now } = this.#context;
    const filter = { moveAt: { $lte: now() }, tomb: { $exists: false } };
    const due = await collections.sessions.find(filter, { sort: { moveAt: 1 }, limit, projection: { uid: 1 } });
    let moved = 0;
    const work = async () => {
      for (let next = due.shift(); next !== undefined; next = due.shift()) {
        if (await this.#moveOrPostpone(next._id, next.uid)) moved += 1;
      }
    };
    await Promise.all(Array.from({ length: MOVED_AT_ONCE }, work));
    return moved;
  }

  /** Resolves when nothing noted is left. */
  flush(): Promise<void> {
    return this.#idle.promise;
  }

  /** Forgets what was noted and waits for what is being moved. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#noted.clear();
    await this.flush();
    await Promise.allSettled(this.#moving.values());
  }

  /** Movers of one process do not compete for a session: whoever comes second waits, then looks what is left. */
  async #move(documentId: string, how: { isGrowing?: boolean } = {}): Promise<void> {
    const before = this.#moving.get(documentId);
    const move = (before ?? Promise.resolve()).catch(() => {}).then(() => moveOnce(this.#context, documentId, how));
    this.#moving.set(documentId, move);
    try {
      await move;
    } finally {
      if (this.#moving.get(documentId) === move) this.#moving.delete(documentId);
    }
  }

  async #work(): Promise<void> {
    this.#running += 1;
    for (const documentId of this.#noted) {
      this.#noted.delete(documentId);
      await this.#tryMove(documentId);
    }
    this.#running -= 1;
    if (this.#running === 0) this.#idle.resolve();
  }

  /** What fails is done by `moveDue` of any instance. */
  async #tryMove(documentId: string): Promise<void> {
    try {
      await this.#move(documentId, { isGrowing: true });
    } catch (error) {
      this.#context.logger.debug(
        { session: documentId, error: String(error) },
        'a session is left to be moved on later',
      );
    }
  }

  async #moveOrPostpone(documentId: string, uid: string): Promise<boolean> {
    try {
      await this.#move(documentId);
      return true;
    } catch (error) {
      const { collections, logger, now } = this.#context;
      if (isOutage(error)) return false;
      logger.warn({ session: documentId, error }, 'a session cannot be moved on, it is tried again in ten minutes');
      const later = { $set: { moveAt: now() + RETRY_AFTER_MS } };
      await collections.sessions.updateOne({ _id: documentId, uid, moveAt: { $exists: true } }, later);
      return false;
    }
  }
}

const OUTAGES: ReadonlySet<string> = new Set(['STORE_UNAVAILABLE', 'OVERLOADED']);

function isOutage(error: unknown): boolean {
  return error instanceof OutcomeUnknown || (error instanceof SessionError && OUTAGES.has(error.reason));
}
