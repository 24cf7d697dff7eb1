import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Metrics } from '../../ports/metrics.ts';
import type { Store } from '../../ports/store.ts';
import { openDriver } from './driver/driver.ts';
import { MongoStore } from './mongo-store.ts';

/** MongoStoreOptions says where the server is and how it is used. */
export interface MongoStoreOptions {
  /** `mongodb://` or `mongodb+srv://`; its path names the database, `threadkeep` when there is none. */
  url: string;
  /** Defaults to the machine's. */
  clock?: Pick<Clock, 'wallAt' | 'monotonicMs'>;
  /** Gets what happens beside the calls; defaults to silence. */
  logger?: Logger;
  /** Counts round trips, retries and connections; defaults to nothing. */
  metrics?: Metrics;
  /** `auto` (the default) creates and upgrades indexes at the first contact, `manual` leaves that to `threadkeep migrate`. */
  migrate?: 'auto' | 'manual';
  /** Bounds each operation, in ms; defaults to 2,500. */
  timeoutMs?: number;
  /** Most connections to each server; defaults to 100. */
  maxPoolSize?: number;
}

const SILENT_LOGGER: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const SILENT_METRICS: Metrics = { count: () => {}, observe: () => {}, gauge: () => {} };
const MACHINE_CLOCK = { wallAt: Date.now, monotonicMs: () => performance.now() };

/**
 * Opens the store on a MongoDB server. A server that is away does not keep it from opening: it is tried until it answers,
 * and everything is STORE_UNAVAILABLE until then. Throws where the URL is none.
 */
export async function openMongoStore(options: MongoStoreOptions): Promise<Store> {
  const { clock = MACHINE_CLOCK, logger = SILENT_LOGGER, metrics = SILENT_METRICS, migrate = 'auto' } = options;
  const { collections, database } = openDriver({ ...options, metrics });
  const store = new MongoStore({ collections, database, clock, logger, metrics, migrate });
  await store.start();
  return store;
}
