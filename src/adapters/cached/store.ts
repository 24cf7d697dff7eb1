import type { Cache } from '../../ports/cache.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Metrics } from '../../ports/metrics.ts';
import type { CacheLayerFigures, Finding, Store } from '../../ports/store.ts';
import { CachedSessionStore } from './sessions.ts';
import { SharedEntries } from './shared-entries.ts';
import { Shelf } from './shelf.ts';

/** CachedStoreOptions: what is cached, and how much of it. */
export interface CachedStoreOptions {
  /** Closed with the cached store. */
  store: Store;
  /** What the instances share; closed with the cached store. Not used where the store is exclusive: it has one instance. */
  cache?: Cache;
  clock: Clock;
  metrics: Metrics;
  logger: Logger;
  /** Most sessions in the memory of this process. Defaults to 10,000; 0 = none, and none is shared. */
  entriesMax?: number;
  /** Most bytes of them, about. Defaults to 64 MiB. */
  bytesMax?: number;
  /** How long an own entry is not worth asking `cache` for a newer one, in ms. Defaults to 2,000. */
  freshMs?: number;
}

/** Puts a cache in front of a store: a Store that loads sessions from memory where a load allows it. */
export function createCachedStore(options: CachedStoreOptions): Store {
  return new CachedStore(options);
}

class CachedStore implements Store {
  readonly sessions: CachedSessionStore;
  readonly #store: Store;
  readonly #cache: Cache | undefined;
  readonly #shared: SharedEntries | undefined;
  #closed: Promise<void> | null = null;

  constructor({ store, cache, clock, metrics, logger, entriesMax, bytesMax, freshMs = 2000 }: CachedStoreOptions) {
    const shelf = new Shelf({ entriesMax: entriesMax ?? 10_000, bytesMax: bytesMax ?? 64 * 1024 * 1024 });
    const { isExclusive } = store;
    this.#store = store;
    this.#cache = cache;
    if (cache !== undefined && !isExclusive) {
      this.#shared = new SharedEntries({ cache, clock, shelf, storeId: () => store.storeId });
    }
    this.sessions = new CachedSessionStore({
      sessions: store.sessions,
      isExclusive,
      shelf,
      ...(this.#shared && { shared: this.#shared }),
      clock,
      metrics,
      freshMs,
    });
    if (cache !== undefined) logger.info({ cache: cache.description }, 'sessions are cached');
  }

  get description(): string {
    return this.#store.description;
  }

  get storeId(): string {
    return this.#store.storeId;
  }

  get tokenSecret(): Uint8Array {
    return this.#store.tokenSecret;
  }

  get isExclusive(): boolean {
    return this.#store.isExclusive;
  }

  get messages(): Store['messages'] {
    return this.#store.messages;
  }

  get events(): Store['events'] {
    return this.#store.events;
  }

  get search(): Store['search'] {
    return this.#store.search;
  }

  get statistics(): Store['statistics'] {
    return this.#store.statistics;
  }

  get agents(): Store['agents'] {
    return this.#store.agents;
  }

  get presence(): Store['presence'] {
    return this.#store.presence;
  }

  check(signal?: AbortSignal): Promise<void> {
    return this.#store.check(signal);
  }

  verify(onProgress?: (share: number) => void, signal?: AbortSignal): AsyncIterable<Finding> {
    return this.#store.verify(onProgress, signal);
  }

  finishCommits(): Promise<number> {
    return this.#store.finishCommits();
  }

  cacheFigures(): CacheLayerFigures[] {
    return this.sessions.figures();
  }

  collectGarbage(rowsMax: number): Promise<number> {
    return this.#store.collectGarbage(rowsMax);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** What waits to be put is put: whoever goes on with these sessions finds them. */
  async #close(): Promise<void> {
    await this.#shared?.flush();
    this.sessions.close();
    await this.#cache?.close();
    await this.#store.close();
  }
}
