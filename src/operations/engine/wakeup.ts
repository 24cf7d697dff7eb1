/** Wakeup lets one loop sleep until something calls `wake`; a call that comes while the loop is busy is not lost. */
export class Wakeup {
  #isDue = false;
  #resolve: (() => void) | null = null;

  /** Ends the sleep, or the next one before it begins. */
  readonly wake = (): void => {
    this.#isDue = true;
    this.#resolve?.();
  };

  /** Sleeps until `wake`, for at most `timeoutMs`; answers whether it was woken. Throws the signal's reason when it aborts. */
  async sleep(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    if (!this.#isDue) await this.#wait(timeoutMs, signal);
    signal.throwIfAborted();
    const isWoken = this.#isDue;
    this.#isDue = false;
    return isWoken;
  }

  async #wait(timeoutMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#resolve = resolve;
    const timer = setTimeout(resolve, timeoutMs);
    signal.addEventListener('abort', resolve as () => void, { once: true });
    await promise;
    this.#resolve = null;
    clearTimeout(timer);
    signal.removeEventListener('abort', resolve as () => void);
  }
}
