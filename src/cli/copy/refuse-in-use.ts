import type { Store } from '../../ports/store.ts';
import { UsageError } from '../command.ts';
import { COPY_INSTANCE } from './carry-time.ts';

const ALIVE_MS = 25_000;

/** Throws UsageError when instances of the service use a shared store: what they write meanwhile would be missed. */
export async function refuseInUse({ presence, description, isExclusive }: Store): Promise<void> {
  if (isExclusive) return;
  const now = await presence.now();
  const seen = await presence.instances(now - ALIVE_MS);
  const alive = seen.filter(({ instanceId }) => instanceId !== COPY_INSTANCE);
  if (alive.length === 0) return;
  const newestMs = now - Math.max(...alive.map(({ seenAt }) => seenAt));
  throw new UsageError(
    `${description} is in use: an instance gave a sign of life ${Math.ceil(Math.max(0, newestMs) / 1000)} s ago: ` +
      `stop the service, wait ${ALIVE_MS / 1000} s, and run this again`,
  );
}
