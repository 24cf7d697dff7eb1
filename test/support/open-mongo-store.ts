import { openDriver } from '../../src/adapters/mongodb/driver/driver.ts';
import { MongoStore } from '../../src/adapters/mongodb/mongo-store.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Logger } from '../../src/ports/logger.ts';
import type { Metrics } from '../../src/ports/metrics.ts';

const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
const silentMetrics: Metrics = { count() {}, observe() {}, gauge() {} };

/** What stands in for MongoDB is slow, more so on a busy machine, and these tests are not about time. */
export const PATIENCE_MS = 20_000;

/** Opens the store in a database of a MongoDB whose clock, too, is the given one. */
export async function openMongoStoreAt(url: string, clock: Clock): Promise<MongoStore> {
  const { collections, database } = openDriver({ url, metrics: silentMetrics, timeoutMs: PATIENCE_MS });
  const now = async (signal?: AbortSignal) => {
    await database.now(signal);
    return clock.wallAt();
  };
  const parts = { collections, database: { ...database, now }, clock, logger: silentLogger, metrics: silentMetrics };
  const store = new MongoStore({ ...parts, migrate: 'auto' });
  await store.start();
  return store;
}
