import { openMemoryStore } from '../../src/adapters/memory/store.ts';
import type { Harness } from '../../src/contract/harness.ts';
import { SessionError } from '../../src/model/session-error.ts';
import type { Store } from '../../src/ports/store.ts';
import { replace } from './replace.ts';

/** What a store does while it is cut off from its data: what it should, or the fault of taking silence for emptiness. */
export type Manner = 'refuses' | 'answers as if empty';

/** Returns a harness of memory stores that can be cut off from their data, as one over a network can. */
export function severableHarness(manner: Manner): Harness {
  const severed = new Set<Store>();
  return {
    open: async (clock) => {
      const store = openMemoryStore({ clock });
      const ensureJoined = () => {
        if (manner === 'refuses' && severed.has(severable))
          throw new SessionError('STORE_UNAVAILABLE', 'it is cut off');
      };
      const severable: Store = {
        ...store,
        check: async (signal) => {
          ensureJoined();
          return store.check(signal);
        },
        sessions: replace(store.sessions, ({ load }) => ({
          load: async (tenant, sessionId, ...rest) => {
            ensureJoined();
            return load(tenant, severed.has(severable) ? 'nobody' : sessionId, ...rest);
          },
        })),
      };
      return severable;
    },
    cut: async (store) => {
      severed.add(store);
      return async () => void severed.delete(store);
    },
  };
}
