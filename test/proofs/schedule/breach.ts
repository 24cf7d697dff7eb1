import type { Collections } from '../../../src/adapters/mongodb/database/documents.ts';
import type { Store } from '../../../src/ports/store.ts';

/** Breach takes a protection away from one instance at a time: from what its store does to its collections, or from the store. */
export interface Breach {
  collections?(whole: Collections): Collections;
  store?(whole: Store): Store;
}
