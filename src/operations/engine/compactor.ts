import type { StoreTime } from '../../model/store-time.ts';
import type { Store } from '../../ports/store.ts';
import type { EngineSettings } from './engine-settings.ts';

/** What the compactor works with. */
export interface CompactorOptions {
  store: Store;
  settings: EngineSettings;
  time(): StoreTime;
  /** Ends it after a step: there is always more to do while callers are at work. */
  stopping?: AbortSignal;
}

const ROWS_PER_STEP = 1000;

/**
 * Removes event rows recorded before the retention; the log keeps each tenant's newest. Answers the rows removed.
 * Retention counts from the record, not from the transition that it tells of (watch-log.md).
 */
export async function compactEvents({ store, settings, time, stopping }: CompactorOptions): Promise<number> {
  let removed = 0;
  for (;;) {
    const step = await store.events.compact(time().now - settings.eventRetentionMs, ROWS_PER_STEP);
    removed += step;
    if (step < ROWS_PER_STEP || stopping?.aborted) return removed;
  }
}

/** Removes what no live session holds, and agents that have been silent for the retention. */
export async function collectGarbage({ store, settings, time, stopping }: CompactorOptions): Promise<void> {
  await store.agents.purge(time().now - settings.terms.retentionMs);
  while ((await store.collectGarbage(ROWS_PER_STEP)) > 0 && !stopping?.aborted);
}
