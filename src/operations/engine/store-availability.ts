import { setTimeout as sleep } from 'node:timers/promises';
import { SessionError } from '../../model/session-error.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Metrics } from '../../ports/metrics.ts';
import { isStoreUnavailable, storeUnavailable } from './store-unavailable.ts';

/** How often a store that is away is asked whether it is back, in ms. */
const PROBE_INTERVAL_MS = 250;

/** What is needed to know whether a store is there. */
export interface StoreAvailabilityOptions {
  /** Resolves when the store can read and write. */
  check(): Promise<void>;
  logger: Logger;
  metrics: Metrics;
}

/**
 * StoreAvailability knows whether the store is away, so that calls need not wait for its time-outs one by one. One failed
 * call is no proof: the store is asked, and asked again until it answers.
 */
export class StoreAvailability {
  readonly #options: StoreAvailabilityOptions;
  readonly #closed = new AbortController();
  #isAway = false;
  #isProbing = false;

  constructor(options: StoreAvailabilityOptions) {
    this.#options = options;
  }

  /** Throws STORE_UNAVAILABLE while the store is known to be away. */
  requireThere(): void {
    if (this.#isAway) throw storeUnavailable();
  }

  /** Notes what a call to the store threw. */
  note(fault: unknown): void {
    if (!isStoreUnavailable(fault) || this.#isProbing || this.#closed.signal.aborted) return;
    this.#isProbing = true;
    void this.#probe();
  }

  /** Stops asking. */
  close(): void {
    this.#closed.abort();
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
  }
}

/** Who has too much to do is there. */
function isOverloaded(error: unknown): boolean {
  return error instanceof SessionError && error.reason === 'OVERLOADED';
}
