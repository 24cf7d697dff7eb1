import type { Clock } from '../../ports/clock.ts';
import type { Database } from './database/database.ts';

/** ServerClock is the server's clock as last asked, advanced by this machine's monotonic one. */
export class ServerClock {
  readonly #database: Database;
  readonly #clock: Pick<Clock, 'wallAt' | 'monotonicMs'>;
  #sample: { at: number; monotonicMs: number } | null = null;

  constructor(database: Database, clock: Pick<Clock, 'wallAt' | 'monotonicMs'>) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Returns the server's now, in ms since the epoch; this machine's until the server was asked once. */
  now(): number {
    if (this.#sample === null) return this.#clock.wallAt();
    return this.#sample.at + this.#clock.monotonicMs() - this.#sample.monotonicMs;
  }

  /** Asks the server; the answer counts as of the middle of the round trip. */
  async sample(signal?: AbortSignal): Promise<number> {
    const sentMs = this.#clock.monotonicMs();
    const at = await this.#database.now(signal);
    const answeredMs = this.#clock.monotonicMs();
    this.#sample = { at, monotonicMs: (sentMs + answeredMs) / 2 };
    return at;
  }
}
