import { SessionError } from '../../../src/model/session-error.ts';
import type { Engine } from '../../../src/operations/engine/engine.ts';
import type { LoggedEvent } from '../../../src/operations/event-batches.ts';
import { type WatchExpiryInput, watchExpiry } from '../../../src/operations/watch-expiry.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';

/** How a watcher behaves: what it asks for, how long a stream lasts, and how long it thinks between two steps. */
export interface WatcherHabits {
  filter: Partial<Pick<WatchExpiryInput, 'kinds' | 'userId' | 'agentId' | 'sessionIds'>>;
  /** Steps after which it vanishes without a goodbye, at most. */
  patience: number;
  /** Longest pause between two steps, in ms. */
  pauseMsMax: number;
}

/** UnsteadyWatcher follows the log as clients do: it vanishes, comes back with its last token, and reads at its own pace. */
export class UnsteadyWatcher {
  readonly received: LoggedEvent[] = [];
  readonly habits: WatcherHabits;
  readonly #random: SeededRandom;
  readonly #engine: () => Engine;
  readonly #over = new AbortController();
  readonly #ended: Promise<void>;
  #resumeToken = '';
  #reconnects = 0;
  #batches: (readonly LoggedEvent[])[] = [];

  constructor(engine: () => Engine, tenant: string, habits: WatcherHabits, random: SeededRandom) {
    this.#engine = engine;
    this.habits = habits;
    this.#random = random;
    this.#ended = this.#follow(tenant);
    this.#ended.catch(() => {});
  }

  /** How often it came back. */
  get reconnects(): number {
    return this.#reconnects;
  }

  /** The batches as they came, each the events of whole commits. */
  get batches(): readonly (readonly LoggedEvent[])[] {
    return this.#batches;
  }

  /** Ends for good; throws what ended it before, unless that was to be expected. */
  async end(): Promise<void> {
    this.#over.abort();
    await this.#ended;
  }

  async #follow(tenant: string): Promise<void> {
    while (!this.#over.signal.aborted) {
      await this.#openOnce(tenant).catch((error) => {
        if (!isExpected(error)) throw error;
      });
      this.#reconnects += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async #openOnce(tenant: string): Promise<void> {
    const leave = new AbortController();
    const signal = AbortSignal.any([leave.signal, this.#over.signal]);
    const steps = watchExpiry(this.#engine(), { tenant, signal }, this.#input());
    let patience = 1 + this.#random.integer(this.habits.patience);
    for await (const { resumeToken, event } of steps) {
      if (event.kind === 'events') {
        this.#batches.push(event.events);
        this.received.push(...event.events);
      }
      this.#resumeToken = resumeToken;
      patience -= 1;
      if (patience === 0) leave.abort();
      const pauseMs = this.#random.integer(1 + this.habits.pauseMsMax);
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  #input(): WatchExpiryInput {
    const start: WatchExpiryInput['start'] =
      this.#resumeToken === '' ? { kind: 'earliest' } : { kind: 'token', resumeToken: this.#resumeToken };
    return {
      ...{ kinds: [], sessionIds: [], userId: '', agentId: '', start, progressIntervalMs: null },
      ...this.habits.filter,
    };
  }
}

function isExpected(error: unknown): boolean {
  if (error instanceof SessionError) return error.reason === 'DRAINING' || error.reason === 'STORE_UNAVAILABLE';
  return error instanceof Error && error.name === 'AbortError';
}
