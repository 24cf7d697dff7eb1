import type { Configuration } from '../config/settings.ts';
import type { MongoAddress } from '../config/store-address.ts';
import type { Cache } from '../ports/cache.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Store } from '../ports/store.ts';
import { openUrl } from './open-url.ts';

/** StoreParts are what whoever opens a store may bring. */
export interface StoreParts {
  /** Defaults to the machine's own. */
  clock?: Clock;
  /** Gets what happens inside the store; defaults to silence. */
  logger?: Logger;
  /** Counts what happens inside the store; defaults to nothing. */
  metrics?: Metrics;
  /** Where this process' server answers, for whoever finds the store in use; defaults to none. */
  address?: string;
}

/** StoreConfiguration is the part of the configuration that stores depend on. */
export type StoreConfiguration = Pick<
  Configuration,
  | 'store'
  | 'durability'
  | 'migrate'
  | 'storeTimeoutMs'
  | 'storeConnectionsMax'
  | 'cache'
  | 'cacheEntriesMax'
  | 'cacheBytesMax'
  | 'cacheTimeoutMs'
  | 'readStalenessMs'
>;

/**
 * Opens the store of a configuration, with sessions kept in memory in front of it. An embedded one that cannot be opened
 * throws STORE_UNAVAILABLE with the remedy; a shared one opens while its server is away, and works once it is there (`check`).
 */
export async function composeStore(configuration: StoreConfiguration, parts: StoreParts = {}): Promise<Store> {
  // What lies in memory is no faster behind more memory.
  return configuration.store.adapter === 'memory'
    ? composeBareStore(configuration, parts)
    : composeCachedStore(configuration, parts);
}

/** Opens the store of a configuration without any cache: for what reads everything once. */
export async function composeBareStore(configuration: StoreConfiguration, parts: StoreParts = {}): Promise<Store> {
  const { store, durability } = configuration;
  const clock = parts.clock ?? (await systemClock());
  if (store.adapter === 'mongodb') return openMongo(store, configuration, { ...withSilence(parts), clock });
  if (store.adapter === 'memory') {
    const { openMemoryStore } = await import('../adapters/memory/store.ts');
    return openMemoryStore({ clock });
  }
  const { openSqliteStore } = await import('../adapters/sqlite/store.ts');
  const synchronous = durability === 'full' ? 'FULL' : 'NORMAL';
  return openSqliteStore({ ...parts, path: store.path, synchronous, clock });
}

/**
 * Opens the store of a configuration without any cache, with a clock that alone tells its time: that of a shared store's
 * server has no say. For the contract, which moves time as it likes.
 */
export async function composeClockedStore(configuration: StoreConfiguration, clock: Clock): Promise<Store> {
  const { store, storeTimeoutMs: timeoutMs } = configuration;
  if (store.adapter !== 'mongodb') return composeBareStore(configuration, { clock });
  const { openDriver } = await import('../adapters/mongodb/driver/driver.ts');
  const { MongoStore } = await import('../adapters/mongodb/mongo-store.ts');
  const { collections, database } = await openUrl('store', store.url, (url) =>
    openDriver({ ...SILENT, url, timeoutMs }),
  );
  const now = async (signal?: AbortSignal) => {
    await database.now(signal);
    return clock.wallAt();
  };
  const parts = { ...SILENT, collections, database: { ...database, now }, clock };
  const opened = new MongoStore({ ...parts, migrate: 'auto' });
  await opened.start();
  return opened;
}

/** Returns the machine's clock. */
export async function systemClock(): Promise<Clock> {
  const system = await import('../adapters/system/clock.ts');
  return system.systemClock;
}

type SharedParts = Required<Omit<StoreParts, 'address'>>;

async function openMongo(address: MongoAddress, configuration: StoreConfiguration, parts: SharedParts): Promise<Store> {
  const { openMongoStore } = await import('../adapters/mongodb/store.ts');
  const { migrate, storeTimeoutMs: timeoutMs, storeConnectionsMax: maxPoolSize } = configuration;
  return openUrl('store', address.url, (url) => openMongoStore({ ...parts, url, migrate, timeoutMs, maxPoolSize }));
}

/** Whatever is opened first is closed where the rest cannot be; later the cached store closes both. */
async function composeCachedStore(configuration: StoreConfiguration, parts: StoreParts): Promise<Store> {
  const { createCachedStore } = await import('../adapters/cached/store.ts');
  const shared = { ...withSilence(parts), clock: parts.clock ?? (await systemClock()) };
  const isShared = configuration.store.adapter === 'mongodb';
  const cache = isShared ? await composeCache(configuration, shared) : null;
  const store = await composeBareStore(configuration, { ...parts, ...shared }).catch(async (error) => {
    await cache?.close();
    throw error;
  });
  return createCachedStore({
    ...shared,
    store,
    ...(cache !== null && { cache }),
    entriesMax: configuration.cacheEntriesMax,
    bytesMax: configuration.cacheBytesMax,
    freshMs: configuration.readStalenessMs,
  });
}

/** Opens the cache that instances share; null where each has its own memory alone. */
export async function composeCache(
  { cache, cacheTimeoutMs }: Pick<StoreConfiguration, 'cache' | 'cacheTimeoutMs'>,
  parts: StoreParts = {},
): Promise<Cache | null> {
  const { metrics, logger } = withSilence(parts);
  if (cache.adapter === 'memory') return null;
  const { openKeyvCache } = await import('../adapters/keyv/cache.ts');
  return openUrl('cache', cache.url, (url) => openKeyvCache({ url, metrics, logger, timeoutMs: cacheTimeoutMs }));
}

/** Fills in a logger and metrics that do nothing. */
export function withSilence(parts: StoreParts): StoreParts & Required<Pick<StoreParts, 'logger' | 'metrics'>> {
  return { ...SILENT, ...parts };
}

const ignore = (): void => {};

const SILENT = {
  logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  metrics: { count: ignore, observe: ignore, gauge: ignore },
};
