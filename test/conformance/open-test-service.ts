import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openMemoryStore } from '../../src/adapters/memory/store.ts';
import { openSqliteStore } from '../../src/adapters/sqlite/store.ts';
import { createTokenizer } from '../../src/adapters/tokenizer/tokenizer.ts';
import { DEFAULT_SERVER_OPTIONS, openServer, type Server, type ServerOptions } from '../../src/http/open-server.ts';
import { createEngine } from '../../src/operations/engine/create-engine.ts';
import type { Engine } from '../../src/operations/engine/engine.ts';
import type { EngineSettings } from '../../src/operations/engine/engine-settings.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Store } from '../../src/ports/store.ts';
import { messageCodec } from '../../src/rpc/message-codec.ts';
import { RecordingLogger, RecordingMetrics } from '../rpc/recording-ports.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { SeededRandom } from '../support/seeded-random.ts';

/** A kind of store that a service can stand on. */
export interface StoreKind {
  name: string;
  open(clock: Clock): Promise<OpenedStore>;
}

/** A store, and what becomes of its place afterwards. */
interface OpenedStore {
  store: Store;
  remove(): void;
}

/** The embedded stores. */
export const STORES: readonly StoreKind[] = [
  { name: 'memory', open: async (clock) => ({ store: openMemoryStore({ clock }), remove() {} }) },
  {
    name: 'SQLite',
    async open(clock) {
      const folder = mkdtempSync(join(tmpdir(), 'threadkeep-conformance-'));
      const store = await openSqliteStore({ path: join(folder, 'threadkeep.db'), clock });
      return { store, remove: () => rmSync(folder, { recursive: true }) };
    },
  },
];

/** What a test may set of its service. */
export interface TestServiceOptions {
  store?: StoreKind;
  settings?: Partial<EngineSettings>;
  server?: Partial<Omit<ServerOptions, 'engine'>>;
}

/** A whole service on a port of its own, under a clock and with a sweeper that only the test moves. */
export interface TestService {
  engine: Engine;
  server: Server;
  clock: ManualClock;
  logger: RecordingLogger;
  metrics: RecordingMetrics;
  url: string;
  /** Lets time pass and does what is due then. */
  elapse(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens a service; everything but its clock, its randomness and what it records is as in production. */
export async function openTestService(options: TestServiceOptions = {}): Promise<TestService> {
  const clock = new ManualClock();
  const logger = new RecordingLogger();
  const metrics = new RecordingMetrics();
  const { store, remove } = await (options.store ?? STORES[0]!).open(clock);
  const engine = await createEngine({
    store,
    clock,
    random: new SeededRandom(7),
    codec: messageCodec,
    tokenizer: createTokenizer(),
    logger,
    metrics,
    settings: options.settings ?? {},
  });
  const server = await openServer({
    ...DEFAULT_SERVER_OPTIONS,
    host: '127.0.0.1',
    port: 0,
    metrics: { contentType: 'text/plain', render: async () => 'metrics 1\n' },
    ...options.server,
    engine,
  });
  return {
    engine,
    server,
    clock,
    logger,
    metrics,
    url: `http://127.0.0.1:${server.address.port}`,
    async elapse(ms) {
      clock.advance(ms);
      await engine.sweeper.sweepOnce();
    },
    async close() {
      await server.close();
      await engine.close();
      await store.close();
      remove();
    },
  };
}
