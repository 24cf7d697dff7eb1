import { createCachedStore } from '../../../src/adapters/cached/store.ts';
import type { Cache } from '../../../src/ports/cache.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { Logger } from '../../../src/ports/logger.ts';
import type { Metrics } from '../../../src/ports/metrics.ts';
import type { Store } from '../../../src/ports/store.ts';
import type { ContractSubject, PreparedHarness } from '../contract-subject.ts';
import { replace } from '../replace.ts';

const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
const silentMetrics: Metrics = { count() {}, observe() {}, gauge() {} };

const SHARED_ENTRIES =
  'entries are handed out as they are: nothing in the product changes a basis, and a copy would be paid for at every call';
const DEVIATIONS: ContractSubject['deviations'] = {
  'what a caller does to its values after a commit changes nothing in the store': SHARED_ENTRIES,
  'what a caller does to an answer changes nothing in the store': SHARED_ENTRIES,
};
// Short of infinity, with which only commits load: an instance sees its own writes, those who share entries need not.
const ANY_AGE = Number.MAX_SAFE_INTEGER;

/** Opens the cache that the instances of a store share; it is closed with the store. */
export type OpenCache = () => Promise<Cache>;

/**
 * Returns what a subject is behind the cache of one instance and, where `openCache` is given, a shared one. Reads take
 * what the instance holds, of any age: it sees its own writes there. Of one that was cut off the store is asked.
 */
export function cachedSubject(subject: ContractSubject, name: string, openCache?: OpenCache): ContractSubject {
  const deviations = { ...subject.deviations, ...DEVIATIONS };
  return { ...subject, name, deviations, prepare: async () => cachedHarness(await subject.prepare(), openCache) };
}

function cachedHarness(harness: PreparedHarness, openCache?: OpenCache): PreparedHarness {
  const inner = new WeakMap<Store, Store>();
  const wasCut = new WeakSet<Store>();
  const innerOf = (cached: Store) => inner.get(cached) as Store;
  const wrap = async (store: Store, clock: Clock) => {
    const shared = openCache === undefined ? {} : { cache: await openCache() };
    const cached = createCachedStore({ store, ...shared, clock, metrics: silentMetrics, logger: silentLogger });
    const aged = withLoadsOfAnyAge(cached, () => wasCut.has(store));
    inner.set(aged, store);
    return aged;
  };
  const { reopen, cut, corrupt } = harness;
  return {
    open: async (clock) => wrap(await harness.open(clock), clock),
    ...(reopen && {
      reopen: async (cached: Store, clock: Clock) => {
        await cached.close();
        return wrap(await reopen(innerOf(cached), clock), clock);
      },
    }),
    ...(cut && {
      cut: (cached: Store) => {
        wasCut.add(innerOf(cached));
        return cut(innerOf(cached));
      },
    }),
    ...(corrupt && {
      corrupt: async (cached: Store, uid: string, sequence: number, clock: Clock) => {
        const corrupted = await corrupt(innerOf(cached), uid, sequence, clock);
        return corrupted === innerOf(cached) ? cached : wrap(corrupted, clock);
      },
    }),
    close: harness.close,
  };
}

function withLoadsOfAnyAge(store: Store, asksStore: () => boolean): Store {
  const sessions = replace(store.sessions, ({ load }) => ({
    load: async (tenant, sessionId, needs, options) => {
      const { ageMs, ...basis } = await load(tenant, sessionId, needs, {
        maxAgeMs: asksStore() ? 0 : ANY_AGE,
        ...options,
      });
      return options?.maxAgeMs === undefined ? basis : { ...basis, ...(ageMs !== undefined && { ageMs }) };
    },
  }));
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'sessions') return sessions;
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
