import type { Random } from '../../src/ports/random.ts';

/** SeededRandom gives the same bytes and numbers for the same seed (mulberry32). */
export class SeededRandom implements Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.integer(256));
  }

  /** Returns a whole number from 0 to below `bound`. */
  integer(bound: number): number {
    return Math.floor(this.#next() * bound);
  }

  /** Returns one of the choices. */
  pick<Choice>(choices: readonly Choice[]): Choice {
    return choices[this.integer(choices.length)] as Choice;
  }

  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}
