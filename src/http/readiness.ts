import type { ServingStatus } from '../rpc/serving-status.ts';

/** Readiness keeps the serving status in step with what the service stands on, until it is told to stop. */
export class Readiness {
  readonly #serving: ServingStatus;
  readonly #check: (signal: AbortSignal) => Promise<void>;
  readonly #timer: NodeJS.Timeout;
  #isStopped = false;

  /** `check` rejects while the service cannot work; it is asked every `everyMs`. */
  constructor(serving: ServingStatus, check: (signal: AbortSignal) => Promise<void>, everyMs: number) {
    this.#serving = serving;
    this.#check = check;
    this.#timer = setInterval(() => this.look(everyMs), everyMs);
    this.#timer.unref();
  }

  /** Asks once, for at most `timeoutMs`, and sets the status. */
  async look(timeoutMs: number): Promise<void> {
    const isUsable = await this.#check(AbortSignal.timeout(timeoutMs)).then(
      () => true,
      () => false,
    );
    if (!this.#isStopped) this.#serving.set(isUsable);
  }

  /** Says NOT_SERVING from here on. */
  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#timer);
    this.#serving.set(false);
  }
}
