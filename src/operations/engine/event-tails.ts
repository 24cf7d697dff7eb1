import { encodeWatchToken, type WatchPosition } from '../../model/watch-token.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Store } from '../../ports/store.ts';
import type { EngineSettings } from './engine-settings.ts';
import { EventReader } from './event-reader.ts';
import { EventTail } from './event-tail.ts';
import { shareReads, type WatchLog } from './watch-log.ts';
import { currentPosition } from './watch-position.ts';

/** What the tails work with. */
export interface EventTailsOptions {
  store: Store;
  clock: Clock;
  logger: Logger;
  settings: EngineSettings;
}

/** How old the `watch_token` of an answer may be, in ms. */
const WATCH_TOKEN_AGE_MS = 10_000;

/** How many tenants' tokens are remembered. */
const WATCH_TOKENS_MAX = 10_000;

/** EventTails reads the event logs for this process: one tail a tenant while anybody watches. */
export class EventTails {
  /** Where watches begin. */
  readonly log: WatchLog;
  readonly #options: EventTailsOptions;
  readonly #tails = new Map<string, EventTail>();
  readonly #tokens = new Map<string, { token: string; readAtMs: number }>();
  /** All that watch a row resume from the same place. */
  readonly #written = new WeakMap<WatchPosition, { tenant: string; token: string }>();
  #stopHints: (() => void) | null = null;

  constructor(options: EventTailsOptions) {
    this.log = shareReads(options.store.events);
    this.#options = options;
  }

  /** How many tenants are followed. */
  get size(): number {
    return this.#tails.size;
  }

  /** Opens a reader of a tenant's rows after a position; it holds on to the tail until the signal aborts. */
  async read(tenant: string, position: WatchPosition, signal: AbortSignal): Promise<EventReader> {
    const { store } = this.#options;
    const lastNumber = this.#tails.get(tenant)?.lastNumber ?? (await this.log.bounds(tenant)).lastNumber;
    signal.throwIfAborted();
    const tail = this.#tailOf(tenant, lastNumber);
    tail.join();
    signal.addEventListener('abort', () => tail.leave(), { once: true });
    const tokenOf = (place: WatchPosition) => this.tokenOf(tenant, place);
    return new EventReader({ store, tenant, tail, position, tokenOf, signal });
  }

  /** Writes a position as a resume token. */
  tokenOf(tenant: string, position: WatchPosition): string {
    const known = this.#written.get(position);
    if (known?.tenant === tenant) return known.token;
    const { tokenSecret, storeId } = this.#options.store;
    const token = encodeWatchToken({ secret: tokenSecret, storeId, tenant }, position);
    this.#written.set(position, { tenant, token });
    return token;
  }

  /** Returns a resume token from before this call, up to 10 s old. */
  async token(tenant: string, signal?: AbortSignal): Promise<string> {
    const readAtMs = this.#options.clock.monotonicMs();
    const known = this.#tokens.get(tenant);
    if (known !== undefined && readAtMs - known.readAtMs <= WATCH_TOKEN_AGE_MS) return known.token;
    const token = this.tokenOf(tenant, await currentPosition(this.#options.store.events, tenant, signal));
    if (this.#tokens.size >= WATCH_TOKENS_MAX) this.#tokens.clear();
    this.#tokens.set(tenant, { token, readAtMs });
    return token;
  }

  /** Stops listening to hints; readers end by their own signals. */
  close(): void {
    this.#stopHints?.();
    this.#stopHints = null;
  }

  #tailOf(tenant: string, lastNumber: number): EventTail {
    const known = this.#tails.get(tenant);
    if (known !== undefined) return known;
    const { store, logger, settings } = this.#options;
    const tail = new EventTail({
      tenant,
      afterNumber: lastNumber,
      events: store.events,
      logger,
      settings: settings.watch,
      onEnd: () => this.#forget(tenant),
    });
    this.#tails.set(tenant, tail);
    this.#stopHints ??= store.events.onAppend((grown) => this.#tails.get(grown)?.hint());
    return tail;
  }

  /** Hints cost the store something: they are asked for while anybody watches. */
  #forget(tenant: string): void {
    this.#tails.delete(tenant);
    if (this.#tails.size === 0) this.close();
  }
}
