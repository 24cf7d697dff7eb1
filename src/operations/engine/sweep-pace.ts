import { isPast, type StoreTime } from '../../model/store-time.ts';
import type { Clock } from '../../ports/clock.ts';

/**
 * SweepPace holds back the sweeper while it works off what an outage has left: so many sessions in any one second, by all
 * instances together.
 */
export class SweepPace {
  readonly #clock: Clock;
  readonly #perSecond: () => number;
  #spent: { atMs: number; count: number }[] = [];
  /** The end of the outage whose backlog has been worked off. */
  #caughtUpTo = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, perSecond: () => number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
  }

  /** Returns how many sessions may be swept now. */
  allowance({ outages }: StoreTime): number {
    if ((outages.at(-1)?.to ?? this.#caughtUpTo) <= this.#caughtUpTo) return Number.POSITIVE_INFINITY;
    this.#forget();
    return Math.max(0, this.#perSecond() - this.#spent.reduce((sum, { count }) => sum + count, 0));
  }

  /** Notes that sessions were swept. */
  spend(count: number): void {
    this.#forget();
    if (count > 0) this.#spent.push({ atMs: this.#clock.monotonicMs(), count });
  }

  /** Notes that nothing due is left; after the grace of the newest outage, its backlog is worked off. */
  finish(time: StoreTime): void {
    const endedAt = time.outages.at(-1)?.to;
    if (endedAt !== undefined && isPast(endedAt, time)) this.#caughtUpTo = endedAt;
  }

  #forget(): void {
    const sinceMs = this.#clock.monotonicMs() - 1000;
    this.#spent = this.#spent.filter(({ atMs }) => atMs > sinceMs);
  }
}
