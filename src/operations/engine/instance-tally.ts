import type { EventKind } from '../../model/event.ts';

/** InstanceTally counts what this process has done since it was made, at `startedAt`. */
export class InstanceTally {
  readonly startedAt: number;
  readonly #events = new Map<EventKind, number>();

  constructor(startedAt: number) {
    this.startedAt = startedAt;
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
