import { setTimeout as sleep } from 'node:timers/promises';
import { SessionError } from '../../model/session-error.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Metrics } from '../../ports/metrics.ts';
import { isStoreUnavailable, storeUnavailable } from './store-unavailable.ts';

/** How often a store that is away is asked whether it is back, in ms. */
const PROBE_INTERVAL_MS = 250;

/** A store that owes answers, and gave none for so long, in ms, is asked whether it is there. */
const SILENCE_MS = 500;

/** What is needed to know whether a store is there. */
export interface StoreAvailabilityOptions {
  /** Resolves when the store can read and write. */
  check(signal?: AbortSignal): Promise<void>;
  logger: Logger;
  metrics: Metrics;
}

/**
 * StoreAvailability knows whether the store is away, so that calls need not wait for its time-outs one by one. One failed
 * call is no proof, nor is silence: the store is asked, and asked again until it answers.
 */
export class StoreAvailability {
  readonly #options: StoreAvailabilityOptions;
  readonly #closed = new AbortController();
  #isAway = false;
  #isProbing = false;
  /** Calls that the store owes an answer, and how many it has answered. */
  #owed = 0;
  #answered = 0;
  #silenceTimer: NodeJS.Timeout | undefined;
  readonly #listeners: (() => void)[] = [];

  constructor(options: StoreAvailabilityOptions) {
    this.#options = options;
  }

  /** Throws STORE_UNAVAILABLE while the store is known to be away. */
  requireThere(): void {
    if (this.#isAway) throw storeUnavailable();
  }

  /** Makes a call to the store, unless it is known to be away, and notes how it answers. */
  async follow<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    this.requireThere();
    this.#owed += 1;
    this.#listen();
    try {
      const answer = await call();
      this.#answered += 1;
      return answer;
    } catch (fault) {
      this.note(fault);
      throw fault;
    } finally {
      this.#owed -= 1;
    }
  }

  /** Notes what a call to the store threw. */
  note(fault: unknown): void {
    if (isStoreUnavailable(fault)) this.#ask();
  }

  /** Resolves when the store can read and write, and calls are let through to it. */
  async check(signal?: AbortSignal): Promise<void> {
    this.requireThere();
    await this.#options.check(signal);
    this.requireThere();
  }

  /** Calls back whenever calls begin, or cease, to be refused. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Stops asking. */
  close(): void {
    this.#closed.abort();
    clearTimeout(this.#silenceTimer);
  }

  /** One timer for all calls: it runs while there are any. */
  #listen(): void {
    if (this.#silenceTimer !== undefined || this.#closed.signal.aborted) return;
    const answeredBefore = this.#answered;
    this.#silenceTimer = setTimeout(() => {
      this.#silenceTimer = undefined;
      if (this.#owed === 0) return;
      if (this.#answered === answeredBefore) this.#ask();
      this.#listen();
    }, SILENCE_MS).unref();
  }

  #ask(): void {
    if (this.#isProbing || this.#closed.signal.aborted) return;
    this.#isProbing = true;
    void this.#probe();
  }

  async #probe(): Promise<void> {
    while (!this.#closed.signal.aborted) {
      try {
        await this.#options.check();
        break;
      } catch (error) {
        if (isOverloaded(error)) break;
        this.#setAway(true, error);
      }
      await sleep(PROBE_INTERVAL_MS, undefined, { ref: false, signal: this.#closed.signal }).catch(() => {});
    }
    this.#setAway(false);
    this.#isProbing = false;
  }

  #setAway(isAway: boolean, error?: unknown): void {
    if (isAway === this.#isAway) return;
    this.#isAway = isAway;
    const { logger, metrics } = this.#options;
    metrics.gauge('threadkeep_store_away', isAway ? 1 : 0);
    if (isAway) logger.error({ error }, 'the store is away; calls are refused until it is back');
    else logger.info({}, 'the store is back');
    for (const listener of this.#listeners) listener();
  }
}

/** Who has too much to do is there. */
function isOverloaded(error: unknown): boolean {
  return error instanceof SessionError && error.reason === 'OVERLOADED';
}
