import type { EventKind } from '../../model/event.ts';
import type { Clock } from '../../ports/clock.ts';

/** InstanceTally counts what this process has done since it was made. */
export class InstanceTally {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #madeAtMs: number;
  readonly #events = new Map<EventKind, number>();
  #startedAt: number | null = null;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
    this.#madeAtMs = clock.monotonicMs();
  }

  /** Tells when the tally was made, by the store's now: it may have been away then. */
  startedAt(now: number): number {
    this.#startedAt ??= Math.round(now - (this.#clock.monotonicMs() - this.#madeAtMs));
    return this.#startedAt;
  }

  /** Counts an event that this process committed. */
  countEvent(kind: EventKind): void {
    this.#events.set(kind, this.eventCount(kind) + 1);
  }

  /** Returns how many events of a kind this process committed. */
  eventCount(kind: EventKind): number {
    return this.#events.get(kind) ?? 0;
  }
}
