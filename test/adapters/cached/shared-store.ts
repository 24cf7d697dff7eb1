import type { Store } from '../../../src/ports/store.ts';

/** Returns a store to which, by its own word, others write, too. */
export function sharedStore(store: Store): Store {
  return { ...store, isExclusive: false };
}
