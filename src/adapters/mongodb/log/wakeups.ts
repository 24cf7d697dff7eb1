import { setTimeout as sleep } from 'node:timers/promises';
import type { Document } from 'mongodb';
import type { MongoContext } from '../context.ts';
import { tenantOf } from './event-rows.ts';

/** What the server answers where it has no change streams: a stand-alone server, or one that does not know the stage. */
const UNSUPPORTED_CODES: ReadonlySet<unknown> = new Set([40573, 40324, 115, 59]);

const PAUSE_MIN_MS = 250;
const PAUSE_MAX_MS = 30_000;

/** A stream that lived so long was sound: the next one is opened soon. */
const SOUND_AFTER_MS = 10_000;

const INSERTS: Document[] = [{ $match: { operationType: 'insert' } }, { $project: { documentKey: 1 } }];

/**
 * Wakeups tells listeners that a tenant's log grew: at once of this instance's rows, and of all others' by one change
 * stream where the server has them, open while anybody listens. Hints only: whoever misses one finds the row by polling.
 */
export class Wakeups {
  readonly #context: MongoContext;
  readonly #listeners = new Set<(tenant: string) => void>();
  #stop: AbortController | null = null;
  #following: Promise<unknown> = Promise.resolve();

  constructor(context: MongoContext) {
    this.#context = context;
  }

  /**
   * Calls back with each tenant whose log grew; the first listener opens the stream, the last to leave ends it. Returns the
   * unsubscription.
   */
  listen(listener: (tenant: string) => void): () => void {
    this.#listeners.add(listener);
    if (this.#stop === null) this.#open();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#end();
    };
  }

  /** Tells every listener, after this turn, that a tenant's log grew. */
  announce(tenant: string): void {
    for (const listener of this.#listeners) queueMicrotask(() => listener(tenant));
  }

  /** Ends the stream. Idempotent. */
  async close(): Promise<void> {
    this.#end();
    await this.#following;
  }

  #open(): void {
    this.#stop = new AbortController();
    this.#following = Promise.all([this.#following, this.#follow(this.#stop.signal)]);
  }

  #end(): void {
    this.#stop?.abort();
    this.#stop = null;
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#context;
    let pauseMs = PAUSE_MIN_MS;
    while (!signal.aborted) {
      const openedMs = clock.monotonicMs();
      const error = await this.#readStream(signal);
      if (signal.aborted) return;
      if (isUnsupported(error)) {
        logger.info({}, 'the server has no change streams: other instances’ events are found by polling');
        return;
      }
      pauseMs = clock.monotonicMs() - openedMs >= SOUND_AFTER_MS ? PAUSE_MIN_MS : Math.min(2 * pauseMs, PAUSE_MAX_MS);
      logger.debug({ error, pauseMs }, 'the change stream ended; it is opened again');
      await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  /** Announces until the stream ends; answers why it did. */
  async #readStream(signal: AbortSignal): Promise<unknown> {
    try {
      for await (const { documentKey } of this.#context.database.watch('session_events', INSERTS, signal)) {
        this.announce(tenantOf(documentKey._id));
      }
      return undefined;
    } catch (error) {
      return error;
    }
  }
}

function isUnsupported(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && UNSUPPORTED_CODES.has(error.code)) || isUnsupported(error.cause);
}
