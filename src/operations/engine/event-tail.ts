import type { EventRow } from '../../model/event.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { Logger } from '../../ports/logger.ts';
import { areContiguous, logHole } from './contiguous-rows.ts';
import type { WatchSettings } from './engine-settings.ts';
import { Listeners } from './listeners.ts';
import { Wakeup } from './wakeup.ts';

/** A read of the log answers at most so many rows. */
export const ROWS_PER_READ = 256;

/** What a tail works with. */
export interface EventTailOptions {
  tenant: string;
  /** Where the tail begins: right after this row. */
  afterNumber: number;
  events: EventLog;
  logger: Logger;
  settings: WatchSettings;
  /** Called once, when nobody follows any more or the log is broken. */
  onEnd(): void;
}

/**
 * EventTail follows the end of one tenant's log for all its watchers: polls, hurried by hints, and keeps the newest rows
 * in a ring. Every batch is checked to go on without a hole.
 */
export class EventTail {
  readonly #options: EventTailOptions;
  readonly #ring: EventRow[] = [];
  readonly #listeners = new Listeners();
  readonly #stopped = new AbortController();
  readonly #wakeup = new Wakeup(this.#stopped.signal);
  #lastNumber: number;
  #followers = 0;
  #fault: unknown = null;

  constructor(options: EventTailOptions) {
    this.#options = options;
    this.#lastNumber = options.afterNumber;
  }

  /** The number of the newest row seen. */
  get lastNumber(): number {
    return this.#lastNumber;
  }

  /** Reads the log sooner than its turn. */
  hint(): void {
    this.#wakeup.wake();
  }

  /** Counts one more follower; the first sets the tail going. */
  join(): void {
    this.#followers += 1;
    if (this.#followers === 1) void this.#follow();
  }

  /** Counts one follower less; the last stops the tail for good. */
  leave(): void {
    this.#followers -= 1;
    if (this.#followers === 0) this.#end();
  }

  /** Calls back when rows were added or the tail broke; returns the unsubscription. */
  subscribe(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Returns the rows after a number as far as the ring reaches back to it; null when it does not. Throws what broke the tail. */
  rowsAfter(number: number): EventRow[] | null {
    if (this.#fault !== null) throw this.#fault;
    if (number >= this.#lastNumber) return [];
    const first = this.#ring[0]?.number ?? Number.POSITIVE_INFINITY;
    if (number + 1 < first) return null;
    return this.#ring.slice(number + 1 - first, number + 1 - first + ROWS_PER_READ);
  }

  async #follow(): Promise<void> {
    const { settings, logger, tenant } = this.#options;
    let pauseMs = settings.pollMinMs;
    while (!this.#stopped.signal.aborted) {
      try {
        const hasGrown = await this.#readOn();
        pauseMs = hasGrown ? settings.pollMinMs : Math.min(2 * pauseMs, settings.pollMaxMs);
      } catch (error) {
        if (this.#stopped.signal.aborted) return;
        logger.warn({ tenant, error }, 'the event log could not be read; it is tried again');
        pauseMs = settings.pollMaxMs;
      }
      await this.#wakeup.sleep(pauseMs).catch(() => {});
    }
  }

  /** Reads to the end of the log; answers whether there was anything. */
  async #readOn(): Promise<boolean> {
    const { events, tenant } = this.#options;
    let hasGrown = false;
    for (;;) {
      const rows = await events.read(tenant, this.#lastNumber, ROWS_PER_READ, this.#stopped.signal);
      if (rows.length === 0) return hasGrown;
      if (!areContiguous(rows, this.#lastNumber)) {
        this.#break(logHole(tenant, this.#lastNumber));
        return hasGrown;
      }
      this.#append(rows);
      hasGrown = true;
    }
  }

  #append(rows: readonly EventRow[]): void {
    this.#ring.push(...rows);
    this.#ring.splice(0, this.#ring.length - this.#options.settings.ringRowsMax);
    this.#lastNumber += rows.length;
    this.#listeners.call();
  }

  #break(fault: unknown): void {
    this.#fault = fault;
    this.#options.logger.error({ tenant: this.#options.tenant, error: fault }, 'the event log has a hole');
    this.#end();
    this.#listeners.call();
  }

  #end(): void {
    if (this.#stopped.signal.aborted) return;
    this.#stopped.abort();
    this.#options.onEnd();
  }
}
