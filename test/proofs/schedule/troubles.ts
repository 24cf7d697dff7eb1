import type { FakeServer } from './database/fake-server.ts';
import type { FakeCacheServer } from './fake-cache.ts';
import { BEGIN_AT, type ServiceInstance } from './service-instance.ts';
import type { Simulation } from './simulation.ts';

/** What troubles befall. */
export interface TroublesOptions {
  simulation: Simulation;
  server: FakeServer;
  cache: FakeCacheServer;
  /** The instances that take calls; troubles take away from them and add to them. */
  instances: ServiceInstance[];
  open(name: string): Promise<ServiceInstance>;
}

/** How often something befalls somebody, in ms. */
const EVERY_MS = 1500;

/** How often a server removes what TTL indexes let go of, in ms. */
const EXPIRY_MS = 5000;

/** Troubles starts the instances of a schedule, kills and pauses them and starts others, and meddles with their cache. */
export class Troubles {
  readonly #options: TroublesOptions;
  readonly #kinds: readonly (() => void)[];
  #opened = 0;
  #isOver = false;

  constructor(options: TroublesOptions) {
    this.#options = options;
    const { random } = options.simulation;
    const cacheTroubles = [
      () => options.cache.flush(),
      () => options.cache.backUp(),
      () => options.cache.restore(),
      () => this.#turnCache(),
    ];
    const kinds = [
      () => this.#kill(),
      () => this.#kill(),
      () => this.#pause(),
      () => this.#pause(),
      () => this.#compact(),
      ...cacheTroubles,
    ];
    this.#kinds = random.integer(4) === 0 ? [] : kinds;
  }

  /** Starts the instances and resolves when they serve. */
  async begin(): Promise<void> {
    const count = 1 + this.#options.simulation.random.integer(3);
    await Promise.all(Array.from({ length: count }, () => this.#start()));
    this.#befall();
    this.#expire();
  }

  /** Lets nothing befall anybody any more. */
  end(): void {
    this.#isOver = true;
  }

  #befall(): void {
    const { simulation } = this.#options;
    simulation.after(simulation.random.integer(EVERY_MS), () => {
      if (this.#isOver || this.#kinds.length === 0) return;
      simulation.random.pick(this.#kinds)();
      this.#befall();
    });
  }

  #expire(): void {
    const { simulation, server } = this.#options;
    simulation.after(EXPIRY_MS, () => {
      server.expire(BEGIN_AT + simulation.nowMs);
      this.#expire();
    });
  }

  async #start(): Promise<void> {
    this.#opened += 1;
    const instance = await this.#options.open(`i${this.#opened}`);
    if (this.#isOver) instance.kill();
    else this.#options.instances.push(instance);
  }

  #kill(): void {
    const { simulation, instances } = this.#options;
    if (instances.length === 0) return;
    const [victim] = instances.splice(simulation.random.integer(instances.length), 1);
    victim?.kill();
    simulation.after(simulation.random.integer(3000), () => {
      if (!this.#isOver) void this.#start();
    });
  }

  #pause(): void {
    const { simulation, instances } = this.#options;
    if (instances.length === 0) return;
    const ms = simulation.random.pick([50, 500, 3000, 15_000]);
    const victim = simulation.random.pick(instances);
    simulation.note(() => `${victim.name} pauses for ${ms} ms`);
    victim.connection.pause(ms);
  }

  /** What the engine does once a minute. */
  #compact(): void {
    const { simulation, instances } = this.#options;
    if (instances.length === 0) return;
    const { engine, store } = simulation.random.pick(instances);
    const compacting = (async () => {
      await store.events.compact(engine.time().now - engine.settings.eventRetentionMs, 1000);
      await store.collectGarbage(1000);
    })();
    compacting.catch(() => {});
  }

  #turnCache(): void {
    this.#options.cache.isDown = !this.#options.cache.isDown;
  }
}
