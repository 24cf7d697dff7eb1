import { createCachedStore } from '../../src/adapters/cached/store.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Store } from '../../src/ports/store.ts';
import { openMongoStoreAt } from './open-mongo-store.ts';

/** Opens the store in a database of a MongoDB with the cache of one instance in front of it, as the service does. */
export async function openCachedMongoAt(url: string, clock: Clock): Promise<Store> {
  return createCachedStore({
    store: await openMongoStoreAt(url, clock),
    clock,
    metrics: { count() {}, observe() {}, gauge() {} },
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  });
}
