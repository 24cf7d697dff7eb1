/** ServingStatus says whether the service takes calls, for probes of every kind. */
export class ServingStatus {
  #isServing = false;
  readonly #listeners = new Set<() => void>();

  get isServing(): boolean {
    return this.#isServing;
  }

  /** Changes the status and tells whoever listens; the same status again changes nothing. */
  set(isServing: boolean): void {
    if (isServing === this.#isServing) return;
    this.#isServing = isServing;
    for (const listener of [...this.#listeners]) listener();
  }

  /** Calls back at every change; returns the unsubscription. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** How many listen. */
  get listenerCount(): number {
    return this.#listeners.size;
  }
}
