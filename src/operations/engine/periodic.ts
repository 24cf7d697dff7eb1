import type { Logger } from '../../ports/logger.ts';

/** What is done again and again. */
export interface PeriodicOptions {
  /** For logs. */
  name: string;
  /** Pause between the end of one run and the next. */
  intervalMs: number;
  run(): Promise<unknown>;
  logger: Logger;
}

/** Periodic runs work again and again, never twice at a time; what a run throws is logged and ends nothing. */
export class Periodic {
  readonly #options: PeriodicOptions;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();
  #isStopped = true;

  constructor(options: PeriodicOptions) {
    this.#options = options;
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
    const { name, intervalMs, run, logger } = this.#options;
    try {
      await run();
    } catch (fault) {
      logger.warn({ task: name, error: fault }, 'background work failed; it is tried again');
    }
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#run();
    }, intervalMs);
    this.#timer.unref();
  }
}
