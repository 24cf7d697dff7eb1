import type { Cache } from '../../ports/cache.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Metrics } from '../../ports/metrics.ts';
import { Breaker } from './breaker.ts';
import { describeRedis, parseRedisUrl, type RedisAddress } from './redis-address.ts';
import { openRedisLink, type RedisLink } from './redis-link.ts';
import { TimedOut, within } from './within.ts';

/** KeyvCacheOptions say where the cache is, and how long it may take. */
export interface KeyvCacheOptions {
  /** One of the forms of README.md. */
  url: string;
  metrics: Metrics;
  logger: Logger;
  /** After this a call is a miss, in ms. Defaults to 50. */
  timeoutMs?: number;
}

/** Opens a cache in Redis without waiting for it: until it is there, everything is a miss. Throws for a URL that is none. */
export function openKeyvCache(options: KeyvCacheOptions): Cache {
  return new KeyvCache(options);
}

const FAILURES_MAX = 5;
const PAUSE_MS = 1000;
/** A connection on which nothing was answered for so long, though it was asked, is given up for another one. */
const RENEW_AFTER_MS = 10_000;

/** Outcome is what became of a call, by metric: `down` and `refused` (by the breaker) were not sent. */
type Outcome = 'hit' | 'miss' | 'put' | 'timeout' | 'error' | 'down' | 'refused';

type Operation = 'get' | 'put';

class KeyvCache implements Cache {
  readonly description: string;
  readonly #options: KeyvCacheOptions;
  readonly #address: RedisAddress;
  readonly #breaker = new Breaker({ failuresMax: FAILURES_MAX, pauseMs: PAUSE_MS, now: () => performance.now() });
  #link: RedisLink;
  #answeredAtMs = performance.now();
  #isClosed = false;

  constructor(options: KeyvCacheOptions) {
    this.#options = options;
    this.#address = parseRedisUrl(options.url);
    this.description = describeRedis(this.#address);
    this.#link = this.#openLink();
  }

  async get(key: string): Promise<Uint8Array | null> {
    // Bytes have no wrapping, so they are the raw value.
    const read = async () => ((await this.#link.keyv.get(key, { raw: true })) as unknown as Buffer | undefined) ?? null;
    return this.#attempt('get', read, (bytes) => (bytes === null ? 'miss' : 'hit'));
  }

  async put(key: string, bytes: Uint8Array, ttlMs: number): Promise<void> {
    await this.#attempt(
      'put',
      () => this.#link.keyv.set(key, bytes, Math.max(1, Math.ceil(ttlMs))),
      () => 'put',
    );
  }

  isReachable(): boolean {
    return !this.#isClosed && this.#link.isReady() && !this.#breaker.isOpen;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#link.close();
  }

  /** Makes a call, if there is hope for it, within its time; null where nothing came of it. */
  async #attempt<Value>(
    operation: Operation,
    call: () => Promise<Value>,
    outcomeOf: (value: Value) => Outcome,
  ): Promise<Value | null> {
    if (this.#isClosed || !this.#link.isReady()) return this.#giveUp(operation, 'down');
    if (!this.#breaker.enter()) return this.#giveUp(operation, 'refused');
    const startedAtMs = performance.now();
    try {
      const value = await within(call(), this.#options.timeoutMs ?? 50);
      this.#noteAnswer();
      this.#count(operation, outcomeOf(value));
      return value;
    } catch (error) {
      this.#noteFailure(error as Error);
      return this.#giveUp(operation, error instanceof TimedOut ? 'timeout' : 'error');
    } finally {
      const seconds = (performance.now() - startedAtMs) / 1000;
      this.#options.metrics.observe('threadkeep_cache_call_seconds', seconds, { operation });
    }
  }

  #noteAnswer(): void {
    this.#answeredAtMs = performance.now();
    if (this.#breaker.succeed()) this.#options.logger.info(this.#facts, 'the cache answers again');
  }

  #noteFailure(error: Error): void {
    if (!this.#breaker.fail()) return;
    const facts = { ...this.#facts, error: error.message };
    this.#options.logger.warn(facts, 'the cache does not answer in time: sessions are read from the store');
  }

  #giveUp(operation: Operation, outcome: Outcome): null {
    this.#count(operation, outcome);
    if (!this.isReachable()) this.#renewIfStuck();
    return null;
  }

  /** A connection may hang in the void for a quarter of an hour before the system calls it broken. */
  #renewIfStuck(): void {
    if (this.#isClosed || performance.now() - this.#answeredAtMs < RENEW_AFTER_MS) return;
    this.#answeredAtMs = performance.now();
    const stuck = this.#link;
    this.#link = this.#openLink();
    void stuck.close();
  }

  #openLink(): RedisLink {
    const onError = (error: Error) =>
      this.#options.logger.debug({ ...this.#facts, error: error.message }, 'the cache failed');
    return openRedisLink({ address: this.#address, onError });
  }

  #count(operation: Operation, outcome: Outcome): void {
    this.#options.metrics.count('threadkeep_cache_calls_total', { operation, outcome });
  }

  get #facts(): Record<string, unknown> {
    return { cache: this.description };
  }
}
