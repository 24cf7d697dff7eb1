import type { Clock } from '../ports/clock.ts';

/** ContractClock moves only when a case says so; it starts at noon of 2026-01-15, UTC. */
export class ContractClock implements Clock {
  #elapsedMs = 0;

  wallAt(): number {
    return Date.UTC(2026, 0, 15, 12) + this.#elapsedMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  advance(ms: number): void {
    this.#elapsedMs += ms;
  }
}
