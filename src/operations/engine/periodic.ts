import type { Logger } from '../../ports/logger.ts';

/** What is done again and again. */
export interface PeriodicOptions {
  /** For logs. */
  name: string;
  /** Pause between the end of one run and the next; after a failure at most a second. */
  intervalMs: number;
  /** What the pause grows to while runs find nothing to do: while they answer 0. Defaults to `intervalMs`. */
  idleMs?: number;
  /** Aborted = it is to come to an end: nothing waits for all that there is to do. */
  run(stopping: AbortSignal): Promise<unknown>;
  logger: Logger;
}

const RETRY_MS = 1000;

/** Periodic runs work again and again, never twice at a time; what a run throws ends nothing, and is logged when it begins. */
export class Periodic {
  readonly #options: PeriodicOptions;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();
  #stopping = AbortSignal.abort();
  #stop: () => void = () => {};
  #isFailing = false;
  #pauseMs: number;

  constructor(options: PeriodicOptions) {
    this.#options = options;
    this.#pauseMs = options.intervalMs;
  }

  /** Begins with a run at once. */
  start(): void {
    const controller = new AbortController();
    this.#stopping = controller.signal;
    this.#stop = () => controller.abort();
    this.#running = this.#run();
  }

  /** Stops, and resolves when a run in flight has come to an end. */
  async stop(): Promise<void> {
    this.#stop();
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      this.#setPause(await this.#options.run(this.#stopping));
      this.#noteSuccess();
    } catch (fault) {
      this.#noteFailure(fault);
    }
    if (this.#stopping.aborted) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#run();
    }, this.#pauseMs);
    this.#timer.unref();
  }

  #setPause(done: unknown): void {
    const { intervalMs, idleMs = intervalMs } = this.#options;
    this.#pauseMs = done === 0 ? Math.max(intervalMs, Math.min(2 * this.#pauseMs, idleMs)) : intervalMs;
  }

  #noteSuccess(): void {
    if (this.#isFailing) this.#options.logger.info({ task: this.#options.name }, 'background work goes on');
    this.#isFailing = false;
  }

  #noteFailure(error: unknown): void {
    const { name, intervalMs, logger } = this.#options;
    this.#pauseMs = Math.min(intervalMs, RETRY_MS);
    const level = this.#isFailing ? 'debug' : 'warn';
    logger[level]({ task: name, error }, 'background work failed; it is tried again');
    this.#isFailing = true;
  }
}
