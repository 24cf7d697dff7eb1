/** Wakeup lets one loop sleep until something calls `wake`; a call that comes while the loop is busy is not lost. */
export class Wakeup {
  readonly #signal: AbortSignal;
  #isDue = false;
  #resolve: (() => void) | null = null;

  /** `signal` ends the loop. */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.wake, { once: true });
  }

  /** Ends the sleep, or the next one before it begins. */
  readonly wake = (): void => {
    this.#isDue = true;
    this.#resolve?.();
  };

  /** Sleeps until `wake`, for at most `timeoutMs`; answers whether it was woken. Throws the signal's reason when it aborts. */
  async sleep(timeoutMs: number): Promise<boolean> {
    this.#signal.throwIfAborted();
    if (!this.#isDue) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#resolve = resolve;
        timer = setTimeout(resolve, timeoutMs);
      });
      this.#resolve = null;
      clearTimeout(timer);
    }
    this.#signal.throwIfAborted();
    const isWoken = this.#isDue;
    this.#isDue = false;
    return isWoken;
  }
}
