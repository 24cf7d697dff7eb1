import type { Basis } from '../../src/model/basis.ts';
import type { Store } from '../../src/ports/store.ts';
import type { ManualClock } from './manual-clock.ts';
import { withSessions } from './wrapped-store.ts';

/** Everything that a basis can hold but what is looked up. */
const WHOLE = { details: true, state: true, summaries: true, activity: true, newest: true } as const;

/** A store behind a cache that holds what a test has put into it, however old, and learns nothing by itself. */
export interface AgingCache {
  store: Store;
  /** Calls of the store's sessions so far, by name, those that the cache answered left out. */
  calls: string[];
  /** Puts a session into the cache as it is now. */
  hold(sessionId: string): Promise<void>;
}

/** Puts such a cache in front of a store. */
export function openAgingCache(inner: Store, clock: ManualClock): AgingCache {
  const calls: string[] = [];
  const held = new Map<string, { basis: Basis; atMs: number }>();
  const store = withSessions(inner, (sessions) => ({
    async load(tenant, sessionId, needs, options) {
      const entry = held.get(sessionId);
      const ageMs = clock.monotonicMs() - (entry?.atMs ?? Number.NEGATIVE_INFINITY);
      const { maxAgeMs = 0 } = options ?? {};
      const isAsked = maxAgeMs === 0 || ageMs > maxAgeMs || (needs.claims ?? []).length > 0;
      if (entry !== undefined && !isAsked) return { ...entry.basis, ageMs };
      calls.push('load');
      return sessions.load(tenant, sessionId, needs, options);
    },
    async commit(...args) {
      const outcome = await sessions.commit(...args);
      calls.push(outcome);
      return outcome;
    },
    async findClaim(...args) {
      calls.push('findClaim');
      return sessions.findClaim(...args);
    },
    async list(...args) {
      calls.push('list');
      return sessions.list(...args);
    },
  }));
  const hold = async (sessionId: string) => {
    const basis = await inner.sessions.load('acme', sessionId, WHOLE);
    held.set(sessionId, { basis, atMs: clock.monotonicMs() });
  };
  return { store, calls, hold };
}
