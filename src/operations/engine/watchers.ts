import type { Limits } from '../../model/limits.ts';
import { SessionError } from '../../model/session-error.ts';
import type { Metrics } from '../../ports/metrics.ts';
import type { Caller } from '../caller.ts';

/** What the register of watchers works with. */
export interface WatchersOptions {
  limits: Limits;
  stallMs: number;
  metrics: Metrics;
}

/** Watchers is the register of open streams: so many a tenant, and none that has been left behind. */
export class Watchers {
  readonly #options: WatchersOptions;
  readonly #counts = new Map<string, number>();

  constructor(options: WatchersOptions) {
    this.#options = options;
  }

  /** How many streams are open. */
  get size(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Registers a stream until its caller leaves, it stalls, or it ends; throws TOO_MANY_WATCHERS. */
  open(caller: Caller): Watcher {
    caller.signal.throwIfAborted();
    const max = this.#options.limits.watchersPerTenantMax;
    const count = this.#counts.get(caller.tenant) ?? 0;
    if (count >= max) throw tooManyWatchers(max);
    this.#set(caller.tenant, count + 1);
    return new Watcher(caller, this.#options.stallMs, () =>
      this.#set(caller.tenant, (this.#counts.get(caller.tenant) ?? 1) - 1),
    );
  }

  #set(tenant: string, count: number): void {
    if (count === 0) this.#counts.delete(tenant);
    else this.#counts.set(tenant, count);
    this.#options.metrics.gauge('threadkeep_watchers', this.size);
  }
}

/**
 * Watcher is one open stream. Whatever the stream holds hangs on its signal, never on the generator's `finally`, which
 * does not run when a client stops reading and then dies.
 */
export class Watcher {
  readonly tenant: string;
  readonly #abort = new AbortController();
  readonly #caller: Caller;
  readonly #stallMs: number;
  readonly #release: () => void;
  readonly #onLeave = () => this.#end(this.#caller.signal.reason);

  constructor(caller: Caller, stallMs: number, release: () => void) {
    this.tenant = caller.tenant;
    this.#caller = caller;
    this.#stallMs = stallMs;
    this.#release = release;
    caller.signal.addEventListener('abort', this.#onLeave, { once: true });
  }

  /** Aborts when the stream is over, for whatever reason. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Hands steps on at the pace of whoever takes them; throws WATCHER_TOO_SLOW when a step is not taken in time. */
  async *pace<Step>(steps: AsyncIterable<Step>): AsyncGenerator<Step> {
    try {
      for await (const step of steps) {
        const stalled = setTimeout(() => this.#end(watcherTooSlow(this.#stallMs)), this.#stallMs);
        try {
          yield step;
        } finally {
          clearTimeout(stalled);
        }
        this.signal.throwIfAborted();
      }
    } finally {
      this.#end(undefined);
    }
  }

  #end(reason: unknown): void {
    if (this.signal.aborted) return;
    this.#caller.signal.removeEventListener('abort', this.#onLeave);
    this.#release();
    this.#abort.abort(reason);
  }
}

function tooManyWatchers(max: number): SessionError {
  return new SessionError('TOO_MANY_WATCHERS', `${max} streams are open already; close some, or share one`, {
    metadata: { limit: 'watchers', max: String(max) },
    retryAfterMs: 5000,
  });
}

function watcherTooSlow(stallMs: number): SessionError {
  return new SessionError(
    'WATCHER_TOO_SLOW',
    `nothing was read for ${stallMs / 1000} s; open the stream again from the last token and read faster`,
  );
}
