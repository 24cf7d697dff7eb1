import type { Cache } from '../../../src/ports/cache.ts';
import type { Connection } from './connection.ts';
import type { Simulation } from './simulation.ts';
import { happens } from './weather.ts';

/** FakeCacheServer is the cache that instances share: it forgets, and comes back with what it held long ago. */
export class FakeCacheServer {
  entries = new Map<string, Uint8Array>();
  isDown = false;
  #copy = new Map<string, Uint8Array>();

  /** Remembers what there is, to be restored later. */
  backUp(): void {
    this.#copy = new Map(this.entries);
  }

  restore(): void {
    this.entries = new Map(this.#copy);
  }

  flush(): void {
    this.entries.clear();
  }
}

/** How long a caller waits for the cache, in ms. */
const PATIENCE_MS = 50;

/** FakeCache is one instance's view of it: slow answers and lost ones are misses, and puts can come late or never. */
export class FakeCache implements Cache {
  readonly description = 'fake cache';
  readonly #server: FakeCacheServer;
  readonly #simulation: Simulation;
  readonly #connection: Connection;

  constructor(server: FakeCacheServer, simulation: Simulation, connection: Connection) {
    this.#server = server;
    this.#simulation = simulation;
    this.#connection = connection;
  }

  async get(key: string): Promise<Uint8Array | null> {
    await this.#pass();
    return this.#isLost() ? null : (this.#server.entries.get(key) ?? null);
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const isLost = this.#isLost();
    const { random } = this.#simulation;
    const delayMs = random.integer(10) === 0 ? random.integer(5000) : random.integer(20);
    if (!isLost) this.#simulation.after(delayMs, () => this.#server.entries.set(key, bytes));
    await this.#pass();
  }

  isReachable(): boolean {
    return !this.#server.isDown;
  }

  async close(): Promise<void> {}

  #isLost(): boolean {
    return this.#server.isDown || happens(this.#connection.weather.lostCall, this.#simulation.random);
  }

  #pass(): Promise<void> {
    return this.#simulation.sleep(this.#simulation.random.integer(PATIENCE_MS));
  }
}
