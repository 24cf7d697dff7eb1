import type { Store } from '../../ports/store.ts';
import { UsageError } from '../command.ts';
import { ALIVE_MS, instancesAlive } from '../instances-alive.ts';

/** Throws UsageError when instances of the service use a shared store: what they write meanwhile would be missed. */
export async function refuseInUse(store: Store): Promise<void> {
  if (store.isExclusive) return;
  const now = await store.presence.now();
  const alive = await instancesAlive(store, now);
  if (alive.length === 0) return;
  const newestMs = now - Math.max(...alive.map(({ seenAt }) => seenAt));
  throw new UsageError(
    `${store.description} is in use: an instance gave a sign of life ${Math.ceil(Math.max(0, newestMs) / 1000)} s ago: ` +
      `stop the service, wait ${ALIVE_MS / 1000} s, and run this again`,
  );
}
