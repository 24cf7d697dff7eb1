import { cacheAddress } from '../cache-address.ts';
import { choice, duration, integer, size } from '../kind.ts';
import { setting } from '../setting.ts';
import { type StoreAddress, storeAddress } from '../store-address.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const DEFAULT_STORE: StoreAddress = { adapter: 'sqlite', path: './data/threadkeep.db' };

/** What keeps the sessions, and what is kept at hand of them. */
export const storeSettings = {
  store: setting({
    name: 'store',
    kind: storeAddress(),
    default: DEFAULT_STORE,
    aliases: ['MONGODB_URI'],
    effect:
      'What keeps the sessions: a MongoDB database (threadkeep where the URL names none), for any number of instances; a SQLite file, made with its folder where it is missing; SQLite in memory; or plain memory. Memory is gone when the process ends. Give a URL with a password in the environment or the file: flags are seen by others.',
  }),
  durability: setting({
    name: 'durability',
    kind: choice(['full', 'normal']),
    default: 'full',
    effect:
      'SQLite: full = on disk before it is answered. normal = faster; a power cut or a crash of the machine can lose the last answered calls. MongoDB always acknowledges by a majority.',
  }),
  migrate: setting({
    name: 'migrate',
    kind: choice(['auto', 'manual']),
    default: 'auto',
    effect:
      'MongoDB: auto = the first instance of a version makes indexes and schema what it needs, in the background. manual = only `threadkeep migrate` does.',
  }),
  storeTimeoutMs: setting({
    name: 'store-timeout',
    kind: duration({ min: 100, max: 60_000 }),
    default: 2500,
    effect: 'MongoDB: how long one operation may take before the call is answered with STORE_UNAVAILABLE.',
  }),
  storeConnectionsMax: setting({
    name: 'store-connections',
    kind: integer({ min: 1, max: 10_000 }),
    default: 100,
    effect: 'MongoDB: most connections of one process to one server.',
  }),
  cache: setting({
    name: 'cache',
    kind: cacheAddress(),
    default: { adapter: 'memory' },
    aliases: ['REDIS_URL'],
    effect:
      'MongoDB: where instances find what another has read; without Redis each has its own memory alone. It is never the truth: empty, old or away, it costs time only.',
  }),
  cacheEntriesMax: setting({
    name: 'cache-entries',
    kind: integer({ min: 0, max: 10_000_000 }),
    default: 10_000,
    effect: 'Most sessions that a process keeps in its memory; 0 = none.',
  }),
  cacheBytesMax: setting({
    name: 'cache-bytes',
    kind: size({ min: MIB, max: 64 * KIB * MIB }),
    default: 64 * MIB,
    effect: 'Most bytes of sessions that a process keeps in its memory.',
  }),
  cacheTimeoutMs: setting({
    name: 'cache-timeout',
    kind: duration({ min: 1, max: 5000 }),
    default: 50,
    effect: 'MongoDB: how long Redis may take before the store is asked instead.',
  }),
  readStalenessMs: setting({
    name: 'read-staleness',
    kind: duration({ min: 0, max: 60_000 }),
    default: 2000,
    effect:
      'MongoDB: the oldest that an answer from a cache may be; 0 = every read asks the store. A caller reads its own writes of the same instance at once, and of any instance with min_version.',
  }),
  uncertaintyMs: setting({
    name: 'uncertainty',
    kind: duration({ min: 0, max: 60_000 }),
    default: 1000,
    effect: 'MongoDB: how long a deadline must be past before it counts: more than the clocks of its servers differ.',
  }),
};
