import type { Clock } from '../../src/ports/clock.ts';

/** SkewedClock is the clock of another machine: time passes as on the given one, but its wall clock is wrong. */
export class SkewedClock implements Clock {
  readonly #clock: Clock;
  readonly #bootedMs: number;
  #skewMs: number;

  constructor(clock: Clock, skewMs: number, bootedMs = 1_000_000) {
    this.#clock = clock;
    this.#skewMs = skewMs;
    this.#bootedMs = bootedMs;
  }

  wallAt(): number {
    return this.#clock.wallAt() + this.#skewMs;
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs() + this.#bootedMs;
  }

  /** Moves this machine's wall clock alone. */
  stepWall(ms: number): void {
    this.#skewMs += ms;
  }
}
