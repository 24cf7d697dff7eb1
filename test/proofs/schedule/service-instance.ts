import { createCachedStore } from '../../../src/adapters/cached/store.ts';
import { MongoStore } from '../../../src/adapters/mongodb/mongo-store.ts';
import { createEngine } from '../../../src/operations/engine/create-engine.ts';
import type { Engine } from '../../../src/operations/engine/engine.ts';
import { DEFAULT_ENGINE_SETTINGS, type EngineSettings } from '../../../src/operations/engine/engine-settings.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { Logger } from '../../../src/ports/logger.ts';
import type { Metrics } from '../../../src/ports/metrics.ts';
import type { Store } from '../../../src/ports/store.ts';
import type { Tokenizer } from '../../../src/ports/tokenizer.ts';
import { jsonCodec } from '../../support/json-codec.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import type { Breach } from './breach.ts';
import { Connection } from './connection.ts';
import { collectionsOf, FakeDatabase } from './database/fake-database.ts';
import type { FakeServer } from './database/fake-server.ts';
import { FakeCache, type FakeCacheServer } from './fake-cache.ts';
import type { ProgramKind } from './program.ts';
import type { Simulation } from './simulation.ts';
import type { Weather } from './weather.ts';

/** When schedules begin, by the server's clock. */
export const BEGIN_AT = Date.UTC(2026, 0, 15, 12);

/** What the instances of a schedule share. */
export interface Surroundings {
  simulation: Simulation;
  server: FakeServer;
  cache: FakeCacheServer;
  settings: Partial<EngineSettings>;
  /** Takes protections away. */
  breach: Breach;
}

/** ServiceInstance is one process of the service: the product's store, cache and engine on a connection of its own. */
export interface ServiceInstance {
  name: string;
  connection: Connection;
  engine: Engine;
  store: Store;
  /** Rejects with `Gone` when the instance dies. */
  gone: Promise<never>;
  /** Ends it at once, in the middle of whatever it does. */
  kill(): void;
}

/** Gone is what a caller of an instance that died gets. */
export class Gone extends Error {
  override readonly name = 'Gone';
}

const silentMetrics: Metrics = { count() {}, observe() {}, gauge() {} };
const quarter: Tokenizer = {
  methodFor: () => ({ name: 'quarter', isExact: false }),
  count: async (text) => Math.ceil(text.length / 4),
};

/** Opens an instance and sets its background work going. */
export async function openInstance(
  surroundings: Surroundings,
  name: string,
  weather: Weather,
): Promise<ServiceInstance> {
  const { simulation, server, cache, settings, breach } = surroundings;
  const connection = new Connection(simulation, name, weather);
  const now = () => BEGIN_AT + Math.floor(simulation.nowMs);
  const clock = clockOf(simulation);
  const logger = loggerOf(simulation, name);
  const database = new FakeDatabase(server, connection, now);
  const base = { clock, logger, metrics: silentMetrics };
  const whole = collectionsOf(server, connection);
  const collections = breach.collections?.(whole) ?? whole;
  const mongo = new MongoStore({ ...base, collections, database, migrate: 'manual' });
  await mongo.start();
  const shared = new FakeCache(cache, simulation, connection);
  const cached = createCachedStore({ ...base, store: mongo, cache: shared, entriesMax: 100 });
  const store = breach.store?.(cached) ?? cached;
  const random = new SeededRandom(simulation.random.integer(2 ** 31));
  const engine = await createEngine({ ...base, store, random, codec: jsonCodec, tokenizer: quarter, settings });
  engine.start();
  const { promise: gone, reject } = Promise.withResolvers<never>();
  gone.catch(() => {});
  const kill = () => {
    simulation.note(() => `${name} dies`);
    connection.kill();
    // Its timers would go on for ever; whatever it still tries leads nowhere.
    engine.drain().catch(() => {});
    reject(new Gone(`${name} is gone`));
  };
  return { name, connection, engine, store, gone, kill };
}

/** Settings under which much happens in a short time. */
export function settingsFor(random: SeededRandom, kind: ProgramKind): Partial<EngineSettings> {
  const { terms, limits, watch } = DEFAULT_ENGINE_SETTINGS;
  return {
    // Longer than anything is under way, and than the end of the log is trusted.
    ...(kind === 'retention' && { eventRetentionMs: 75_000 }),
    terms: { ...terms, retentionMs: random.pick([4000, 20_000, terms.retentionMs]) },
    limits: { ...limits, sessionsPerUserMax: 0 },
    ...(kind === 'slides' && { uncertaintyMs: 0 }),
    sweepIntervalMs: { slides: 150, retention: 3000 }[kind as string] ?? 1000,
    contentionMs: 5000,
    watch: { ...watch, pollMinMs: 200, pollMaxMs: 1000, ringRowsMax: 8 },
  };
}

/** Each machine's wall clock is wrong in its own way, and nothing may depend on it. */
function clockOf(simulation: Simulation): Clock {
  const offsetMs = simulation.random.integer(10_000) - 5000;
  const bootedMs = simulation.random.integer(1_000_000);
  return {
    wallAt: () => BEGIN_AT + Math.floor(simulation.nowMs) + offsetMs,
    monotonicMs: () => bootedMs + simulation.nowMs,
  };
}

function loggerOf(simulation: Simulation, name: string): Logger {
  const note = (facts: object, message: string) => simulation.note(() => `${name} says: ${message} ${describe(facts)}`);
  return { debug: note, info: note, warn: note, error: note };
}

function describe(facts: object): string {
  const entries = Object.entries(facts).map(([name, value]) => [name, value instanceof Error ? value.stack : value]);
  return JSON.stringify(Object.fromEntries(entries));
}
