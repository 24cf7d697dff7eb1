import type { Logger } from '../../ports/logger.ts';

/** What is done again and again. */
export interface PeriodicOptions {
  /** For logs. */
  name: string;
  /** Pause between the end of one run and the next; after a failure at most a second. */
  intervalMs: number;
  /** What the pause grows to while runs find nothing to do: while they answer 0. Defaults to `intervalMs`. */
  idleMs?: number;
  run(): Promise<unknown>;
  logger: Logger;
}

const RETRY_MS = 1000;

/** Periodic runs work again and again, never twice at a time; what a run throws ends nothing, and is logged when it begins. */
export class Periodic {
  readonly #options: PeriodicOptions;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();
  #isStopped = true;
  #isFailing = false;
  #pauseMs: number;

  constructor(options: PeriodicOptions) {
    this.#options = options;
    this.#pauseMs = options.intervalMs;
  }

  /** Begins with a run at once. */
  start(): void {
    this.#isStopped = false;
    this.#running = this.#run();
  }

  /** Stops, and resolves when a run in flight is done. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      this.#setPause(await this.#options.run());
      this.#noteSuccess();
    } catch (fault) {
      this.#noteFailure(fault);
    }
    if (this.#isStopped) return;
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
