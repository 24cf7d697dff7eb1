import type { MongoContext } from '../context.ts';
import type { OutboxEntry } from '../database/documents.ts';

/** One update empties at most so many outboxes. */
const SESSIONS_AT_ONCE = 100;

interface WaitingOutbox {
  documentId: string;
  uid: string;
  entries: readonly OutboxEntry[];
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * OutboxEmptier pulls what is in the log from the outboxes of its sessions. Whatever comes while an update is under way
 * goes together into the next: an event's id is of one uid, so one filter and one $pull do for many sessions.
 */
export class OutboxEmptier {
  readonly #context: MongoContext;
  readonly #waiting: WaitingOutbox[] = [];
  /** The keys of the entries that are being pulled. */
  readonly #logged = new Set<string>();
  #working: Promise<void> | null = null;

  constructor(context: MongoContext) {
    this.#context = context;
  }

  /** Tells whether an entry is in the log for sure: it is on its way out of its outbox. */
  isLogged(documentId: string, entry: OutboxEntry): boolean {
    return this.#logged.has(entryKey(documentId, entry));
  }

  /** Pulls entries that are in the log from the outbox of a session's life; throws what the store threw: some may be pulled. */
  pull(documentId: string, uid: string, entries: readonly OutboxEntry[]): Promise<void> {
    for (const entry of entries) this.#logged.add(entryKey(documentId, entry));
    const pulled = new Promise<void>((resolve, reject) =>
      this.#waiting.push({ documentId, uid, entries, resolve, reject }),
    );
    this.#working ??= this.#work();
    return pulled;
  }

  /** Resolves when nothing waits any more. */
  async settle(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    // What arrives in this turn goes together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, SESSIONS_AT_ONCE);
      try {
        await this.#empty(batch);
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
      for (const waiting of batch) this.#forget(waiting);
    }
    this.#working = null;
  }

  #forget({ documentId, entries }: WaitingOutbox): void {
    for (const entry of entries) this.#logged.delete(entryKey(documentId, entry));
  }

  async #empty(batch: readonly WaitingOutbox[]): Promise<void> {
    const eids = batch.flatMap(({ entries }) => entries.map(({ eid }) => eid));
    await this.#context.collections.sessions.updateMany(
      { _id: { $in: batch.map(({ documentId }) => documentId) }, uid: { $in: batch.map(({ uid }) => uid) } },
      { $pull: { outbox: { eid: { $in: eids } } } },
    );
  }
}

function entryKey(documentId: string, { eid }: OutboxEntry): string {
  return `${documentId} ${eid}`;
}
