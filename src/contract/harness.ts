import type { Clock } from '../ports/clock.ts';
import type { Store } from '../ports/store.ts';

/** Ability is something that not every store can show: a case that requires a missing one is skipped with that reason. */
export type Ability = 'reopen' | 'cut' | 'corrupt';

/** Harness gives the contract's cases stores of one adapter. */
export interface Harness {
  /** Opens an empty store that nobody else sees; times that the store takes itself come from the clock. */
  open(clock: Clock): Promise<Store>;
  /** Closes a store and opens the same data again. Absent when the data ends with the store. */
  reopen?(store: Store, clock: Clock): Promise<Store>;
  /** Cuts a store off from its data; the function that comes back joins them again. */
  cut?(store: Store): Promise<() => Promise<void>>;
  /** Changes one byte of a stored message's body behind the store's back; answers the store to go on with. */
  corrupt?(store: Store, uid: string, sequence: number, clock: Clock): Promise<Store>;
}
