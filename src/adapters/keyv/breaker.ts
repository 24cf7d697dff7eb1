/** BreakerOptions: when it opens, and how long it stays so. */
export interface BreakerOptions {
  /** Failures in a row after which it opens. */
  failuresMax: number;
  /** How long nothing is tried then, in ms. */
  pauseMs: number;
  /** Monotonic ms. */
  now(): number;
}

/**
 * Breaker keeps calls from what does not answer. It is closed (every call goes), open (none goes) after failures in a
 * row, and half-open after a pause: one call goes, and its success closes it, its failure opens it again.
 */
export class Breaker {
  readonly #options: BreakerOptions;
  #failures = 0;
  #retryAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  /** True while no call goes. */
  get isOpen(): boolean {
    return this.#hasFailed && this.#options.now() < this.#retryAtMs;
  }

  /** Tells whether a call may go; the one that may while it is half-open keeps others away until it is settled. */
  enter(): boolean {
    if (this.isOpen) return false;
    if (this.#hasFailed) this.#pause();
    return true;
  }

  /** Answers whether this success closed it. */
  succeed(): boolean {
    const hadFailed = this.#hasFailed;
    this.#failures = 0;
    return hadFailed;
  }

  /** Answers whether this failure opened it. */
  fail(): boolean {
    this.#failures += 1;
    if (!this.#hasFailed) return false;
    this.#pause();
    return this.#failures === this.#options.failuresMax;
  }

  get #hasFailed(): boolean {
    return this.#failures >= this.#options.failuresMax;
  }

  #pause(): void {
    this.#retryAtMs = this.#options.now() + this.#options.pauseMs;
  }
}
