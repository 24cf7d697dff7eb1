import { systemClock } from '../../src/adapters/system/clock.ts';
import type { Clock } from '../../src/ports/clock.ts';

/** LeapingClock is the machine's clock, and leaps ahead when it is told to: deadlines pass, and durations are what they are. */
export class LeapingClock implements Clock {
  #aheadMs = 0;

  wallAt(): number {
    return systemClock.wallAt() + this.#aheadMs;
  }

  monotonicMs(): number {
    return systemClock.monotonicMs() + this.#aheadMs;
  }

  leap(ms: number): void {
    this.#aheadMs += ms;
  }
}
