import type { ServingStatus } from '../rpc/serving-status.ts';

/** ReadinessPace says how often what the service stands on is asked, in ms: while it serves, and while it does not. */
export interface ReadinessPace {
  servingMs: number;
  awayMs: number;
}

/** Readiness keeps the serving status in step with what the service stands on, until it is told to stop. */
export class Readiness {
  readonly #serving: ServingStatus;
  readonly #check: (signal: AbortSignal) => Promise<void>;
  readonly #pace: ReadinessPace;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  /** `check` rejects while the service cannot work; it is asked from the first `look` on. */
  constructor(serving: ServingStatus, check: (signal: AbortSignal) => Promise<void>, pace: ReadinessPace) {
    this.#serving = serving;
    this.#check = check;
    this.#pace = pace;
  }

  /** Asks, for at most the pause while it serves, sets the status, and asks again after a pause. */
  async look(): Promise<void> {
    const { servingMs, awayMs } = this.#pace;
    const isUsable = await this.#check(AbortSignal.timeout(servingMs)).then(
      () => true,
      () => false,
    );
    if (this.#isStopped) return;
    this.#serving.set(isUsable);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.look(), isUsable ? servingMs : awayMs);
    this.#timer.unref();
  }

  /** Says NOT_SERVING from here on. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#serving.set(false);
  }
}
