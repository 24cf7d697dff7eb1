import type { StoreTime } from '../../model/store-time.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Store } from '../../ports/store.ts';
import { collectGarbage, compactEvents } from './compactor.ts';
import type { EngineSettings } from './engine-settings.ts';
import { Periodic, type PeriodicOptions } from './periodic.ts';
import { BEAT_INTERVAL_MS, type StoreClock } from './store-clock.ts';
import type { SweepShare } from './sweep-share.ts';
import type { Sweeper, SweepReport } from './sweeper.ts';

/** What the background work is done with. */
export interface BackgroundWorkOptions {
  store: Store;
  logger: Logger;
  settings: EngineSettings;
  storeClock: StoreClock;
  share: SweepShare;
  sweeper: Sweeper;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

/** On a store that several machines share each look is a round trip: with nothing to do it is taken less often. */
const IDLE_SWEEP_INTERVALS = 4;
const IDLE_FINISH_MS = 2000;

/** BackgroundWork gives signs of life, sweeps, finishes commits, compacts and collects garbage from `start` on. */
export class BackgroundWork {
  readonly #heartbeat: Periodic;
  readonly #chores: Periodic[];

  constructor({ store, logger, settings, storeClock, share, sweeper }: BackgroundWorkOptions) {
    const time = (): StoreTime => storeClock.time();
    const every = (intervalMs: number, name: string, run: PeriodicOptions['run'], idleMs = intervalMs) =>
      new Periodic({ name, intervalMs, idleMs: store.isExclusive ? intervalMs : idleMs, run, logger });
    const { sweepIntervalMs } = settings;
    this.#heartbeat = every(BEAT_INTERVAL_MS, 'heartbeat', async () => {
      await storeClock.beat();
      await share.refresh(store.presence, time().now);
    });
    this.#chores = [
      every(
        sweepIntervalMs,
        'sweep',
        async (stopping) => workOf(await sweeper.sweepOnce(stopping)),
        IDLE_SWEEP_INTERVALS * sweepIntervalMs,
      ),
      every(SECOND_MS, 'finish commits', () => store.finishCommits(), IDLE_FINISH_MS),
      every(MINUTE_MS, 'measure the backlog', () => sweeper.measureBacklog()),
      every(MINUTE_MS, 'compact', (stopping) => compactEvents({ store, settings, time, stopping })),
      every(MINUTE_MS, 'collect garbage', (stopping) => collectGarbage({ store, settings, time, stopping })),
    ];
  }

  start(): void {
    for (const task of [this.#heartbeat, ...this.#chores]) task.start();
  }

  /** Ends the chores; signs of life go on. */
  async drain(): Promise<void> {
    await Promise.all(this.#chores.map((task) => task.stop()));
  }

  /** Ends everything. */
  async stop(): Promise<void> {
    await this.drain();
    await this.#heartbeat.stop();
  }
}

function workOf({ swept, forgotten, failed }: SweepReport): number {
  return swept + forgotten + failed;
}
