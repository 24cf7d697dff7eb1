import type { Cache } from '../../../src/ports/cache.ts';

/** MapCache is a cache for tests: it answers at once, forgets nothing, and counts. */
export class MapCache implements Cache {
  readonly description = 'map:';
  readonly entries = new Map<string, Uint8Array>();
  readonly ttls: number[] = [];
  reads = 0;
  isClosed = false;
  /** Keeps what it has, whatever is put. */
  isFrozen = false;

  async get(key: string): Promise<Uint8Array | null> {
    this.reads += 1;
    return this.entries.get(key) ?? null;
  }

  async put(key: string, bytes: Uint8Array, ttlMs: number): Promise<void> {
    this.ttls.push(ttlMs);
    if (!this.isFrozen) this.entries.set(key, new Uint8Array(bytes));
  }

  isReachable(): boolean {
    return !this.isClosed;
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}
