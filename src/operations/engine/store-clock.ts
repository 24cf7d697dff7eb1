import type { StoreTime } from '../../model/store-time.ts';

/** How often an instance gives a sign of life, in ms. */
export const BEAT_INTERVAL_MS = 10_000;

/** StoreClock tells the store's now, and gives the signs of life by which instances know of outages (semantics.md). */
export interface StoreClock {
  /** Returns the store's now, which never goes back. Throws STORE_UNAVAILABLE while it has not been learnt yet. */
  time(): StoreTime;
  /** Gives a sign of life, after making outages durable that are not yet. */
  beat(): Promise<void>;
  /** Gives the last sign of life, so that the next start knows to the moment since when nobody was there. Never throws. */
  close(): Promise<void>;
}
