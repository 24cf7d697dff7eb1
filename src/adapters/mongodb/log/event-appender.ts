import { setTimeout as sleep } from 'node:timers/promises';
import { SessionError } from '../../../model/session-error.ts';
import type { MongoContext } from '../context.ts';
import type { OutboxEntry } from '../database/documents.ts';
import { DuplicateKey } from '../database/errors.ts';
import { encodeEventRow } from './event-rows.ts';

/** A tail that was read longer ago is read again: behind it rows may have come, grown old and gone. */
const TAIL_AGE_MS = 30_000;

/** One insert takes at most so many rows. */
const ROWS_AT_ONCE = 100;

/** After an insert the next one waits so many times as long as that took, within bounds: what comes meanwhile goes with it. */
const REST = 4;
const REST_MAX_MS = 40;

/** Each clash means that another instance went on, or that its row is not yet acknowledged by a majority. */
const ATTEMPTS_MAX = 100;

interface Tail {
  number: number;
  /** When the call that told of it was sent, by the monotonic clock. */
  askedMs: number;
}

interface WaitingEntry {
  entry: OutboxEntry;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * EventAppender gives the rows of one tenant their numbers, without leader or counter: n = tail + 1 under unique (t, n)
 * and unique (t, eid). A row comes only after the one below it is there, so the log has no hole; a commit that is
 * logged already is left out, whoever logged it. What arrives together, or soon after each other, goes as one ordered batch.
 */
export class EventAppender {
  readonly #context: MongoContext;
  readonly #tenant: string;
  readonly #waiting: WaitingEntry[] = [];
  #tail: Tail | null = null;
  #isAtWork = false;
  /** Until when the log is left alone, by the monotonic clock. */
  #restUntilMs = 0;

  constructor(context: MongoContext, tenant: string) {
    this.#context = context;
    this.#tenant = tenant;
  }

  /** True while nothing waits to be appended. */
  get isIdle(): boolean {
    return !this.#isAtWork;
  }

  /** Appends in order and resolves when all are logged, each once. Throws what the store threw: some may be logged. */
  async append(entries: readonly OutboxEntry[]): Promise<void> {
    const logged = entries.map(
      (entry) => new Promise<void>((resolve, reject) => this.#waiting.push({ entry, resolve, reject })),
    );
    if (!this.#isAtWork) void this.#work();
    await Promise.all(logged);
  }

  async #work(): Promise<void> {
    this.#isAtWork = true;
    // What arrives in this turn goes together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      await this.#rest();
      await this.#logBatch(this.#waiting.splice(0, ROWS_AT_ONCE));
    }
    this.#isAtWork = false;
  }

  /** A log that was not added to lately is added to at once. */
  async #rest(): Promise<void> {
    const restMs = this.#restUntilMs - this.#context.clock.monotonicMs();
    if (restMs > 0 && this.#waiting.length < ROWS_AT_ONCE) await sleep(restMs);
  }

  async #logBatch(batch: readonly WaitingEntry[]): Promise<void> {
    const { clock } = this.#context;
    const startedMs = clock.monotonicMs();
    try {
      await this.#log(batch.map(({ entry }) => entry));
      for (const { resolve } of batch) resolve();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    const endedMs = clock.monotonicMs();
    this.#restUntilMs = endedMs + Math.min(REST_MAX_MS, REST * (endedMs - startedMs));
  }

  async #log(entries: readonly OutboxEntry[]): Promise<void> {
    let missing = [...new Map(entries.map((entry) => [entry.eid, entry])).values()];
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      if (await this.#insert(missing)) return;
      missing = await this.#withoutLogged(missing);
      if (missing.length === 0) return;
    }
    throw new SessionError(
      'STORE_UNAVAILABLE',
      `the event log of tenant ${this.#tenant} moved on ${ATTEMPTS_MAX} times while a row was added: call again`,
      { retryAfterMs: 1000 },
    );
  }

  /** Inserts rows behind the tail; false = one clashed: its number is taken, or its events are logged already. */
  async #insert(entries: readonly OutboxEntry[]): Promise<boolean> {
    const { clock, collections } = this.#context;
    const tail = await this.#knownTail();
    const askedMs = clock.monotonicMs();
    const now = this.#context.now();
    const rows = entries.map((entry, place) =>
      encodeEventRow(entry, { tenant: this.#tenant, number: tail + 1 + place, now }),
    );
    this.#tail = null;
    try {
      await collections.session_events.insertMany(rows);
    } catch (error) {
      if (error instanceof DuplicateKey) return false;
      throw error;
    }
    this.#tail = { number: tail + rows.length, askedMs };
    return true;
  }

  async #knownTail(): Promise<number> {
    const askedMs = this.#context.clock.monotonicMs();
    if (this.#tail !== null && askedMs - this.#tail.askedMs <= TAIL_AGE_MS) return this.#tail.number;
    // Compacted rows count: numbering must not start again.
    const newest = await this.#context.collections.session_events.find(
      { t: this.#tenant },
      { sort: { n: -1 }, limit: 1, projection: { n: 1 } },
    );
    this.#tail = { number: newest[0]?.n ?? 0, askedMs };
    return this.#tail.number;
  }

  async #withoutLogged(entries: readonly OutboxEntry[]): Promise<OutboxEntry[]> {
    const rows = await this.#context.collections.session_events.find(
      { t: this.#tenant, eid: { $in: entries.map(({ eid }) => eid) } },
      { projection: { eid: 1 } },
    );
    const logged = new Set(rows.map(({ eid }) => eid));
    return entries.filter(({ eid }) => !logged.has(eid));
  }
}
