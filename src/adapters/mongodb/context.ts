import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Metrics } from '../../ports/metrics.ts';
import type { Database } from './database/database.ts';
import type { Collections } from './database/documents.ts';
import type { KnownUids } from './known-uids.ts';

/** MongoContext is what the nouns of one store share. */
export interface MongoContext {
  readonly collections: Collections;
  readonly database: Database;
  readonly clock: Pick<Clock, 'wallAt' | 'monotonicMs'>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Where the sessions lie that were loaded lately. */
  readonly uids: KnownUids;
  /** The store's now as well as this process knows it: the server's clock as last asked, advanced by the monotonic one. */
  now(): number;
  /** Asks the server's clock, from which `now` goes on. */
  sampleNow(signal?: AbortSignal): Promise<number>;
}
