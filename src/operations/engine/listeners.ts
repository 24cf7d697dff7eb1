/** So many are called in a turn of the event loop. */
const CALLED_A_TURN = 64;

/**
 * Listeners are called whenever something has happened, so many in a turn: what thousands of them do about it holds up
 * nobody else for long, and the first are done before the last begin.
 */
export class Listeners {
  readonly #all = new Set<() => void>();
  readonly #waiting = new Set<() => void>();

  /** Adds one that is not there yet; returns its removal. */
  add(listener: () => void): () => void {
    this.#all.add(listener);
    return () => {
      this.#all.delete(listener);
      this.#waiting.delete(listener);
    };
  }

  /** Calls all that are there; one that waits for its turn already is called once. */
  call(): void {
    const isCalling = this.#waiting.size > 0;
    for (const listener of this.#all) this.#waiting.add(listener);
    if (!isCalling) this.#callSome();
  }

  #callSome(): void {
    let called = 0;
    for (const listener of this.#waiting) {
      if (called === CALLED_A_TURN) {
        setImmediate(() => this.#callSome());
        return;
      }
      this.#waiting.delete(listener);
      listener();
      called += 1;
    }
  }
}
