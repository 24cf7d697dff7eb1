import { SessionError } from '../../../src/model/session-error.ts';
import type { LoggedEvent } from '../../../src/operations/event-batches.ts';
import { type WatchExpiryStep, watchExpiry } from '../../../src/operations/watch-expiry.ts';
import { TENANT } from './client.ts';
import { Gone, type ServiceInstance } from './service-instance.ts';
import type { Simulation } from './simulation.ts';

/** What a follower needs. */
export interface FollowerWorld {
  simulation: Simulation;
  instances(): readonly ServiceInstance[];
}

/** Refusals after which a watcher comes back with its token. */
const PASSING = new Set(['STORE_UNAVAILABLE', 'DRAINING', 'OVERLOADED', 'WATCHER_TOO_SLOW']);

/** Follower watches a tenant's events from the first on any instance, and goes on from its token on another. */
export class Follower {
  readonly batches: (readonly LoggedEvent[])[] = [];
  readonly faults: unknown[] = [];
  /** True once the log was compacted before it had read it. */
  isBehind = false;
  readonly #world: FollowerWorld;
  readonly #over = new AbortController();
  #resumeToken = '';

  constructor(world: FollowerWorld) {
    this.#world = world;
  }

  /** The highest sequence that came. */
  get lastSequence(): number {
    return this.batches.at(-1)?.at(-1)?.sequence ?? 0;
  }

  /** Watches until `stop`. */
  async run(): Promise<void> {
    const { simulation } = this.#world;
    while (!this.#over.signal.aborted) {
      const instances = this.#world.instances();
      if (instances.length > 0) await this.#watchOnce(simulation.random.pick(instances));
      await simulation.sleep(simulation.random.integer(400));
    }
  }

  stop(): void {
    this.#over.abort(new Gone('the watcher stops'));
  }

  async #watchOnce(instance: ServiceInstance): Promise<void> {
    const { simulation } = this.#world;
    const leave = new AbortController();
    const signal = AbortSignal.any([leave.signal, this.#over.signal]);
    const staysMs = simulation.random.integer(8000);
    const leaving = simulation.after(staysMs, () => leave.abort(new Gone('the watcher leaves')));
    const steps = watchExpiry(instance.engine, { tenant: TENANT, signal }, this.#input());
    try {
      for (;;) {
        const { value, done } = await Promise.race([steps.next(), instance.gone]);
        if (done) return;
        this.#take(value);
      }
    } catch (error) {
      if (error instanceof SessionError && error.reason === 'RESUME_TOKEN_COMPACTED') {
        this.isBehind = true;
        this.#resumeToken = '';
        return;
      }
      const isPassing = error instanceof SessionError && PASSING.has(error.reason);
      if (!isPassing && !(error instanceof Gone)) this.faults.push(error);
    } finally {
      simulation.cancel(leaving);
    }
  }

  #take({ resumeToken, event }: WatchExpiryStep): void {
    this.#resumeToken = resumeToken;
    if (event.kind === 'events') this.batches.push(event.events);
  }

  #input() {
    const filter = { kinds: [], sessionIds: [], userId: '', agentId: '', progressIntervalMs: null };
    const isFirst = this.#resumeToken === '';
    const start = isFirst
      ? ({ kind: 'earliest' } as const)
      : ({ kind: 'token', resumeToken: this.#resumeToken } as const);
    return { ...filter, start };
  }
}
