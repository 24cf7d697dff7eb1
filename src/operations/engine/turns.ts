/** Turns lets work under one key be done one after the other, in order of arrival. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Does the work once all that came before it under the key is done, well or not; answers or throws what it does. */
  async take<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const turn = before.then(work, work);
    this.#last.set(key, turn);
    try {
      return await turn;
    } finally {
      if (this.#last.get(key) === turn) this.#last.delete(key);
    }
  }
}
