import type { Clock } from '../../src/ports/clock.ts';

/** ManualClock is a clock that moves only when a test says so; it starts at noon of 2026-01-15, UTC. */
export class ManualClock implements Clock {
  #wallAt: number;
  #monotonicMs = 0;

  constructor(startAt: number = Date.UTC(2026, 0, 15, 12)) {
    this.#wallAt = startAt;
  }

  wallAt(): number {
    return this.#wallAt;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  /** Lets time pass on both clocks. */
  advance(ms: number): void {
    this.#wallAt += ms;
    this.#monotonicMs += ms;
  }

  /** Moves the wall clock alone, as an operator or a time server does. */
  stepWall(ms: number): void {
    this.#wallAt += ms;
  }
}
