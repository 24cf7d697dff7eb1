import type { Store } from '../../ports/store.ts';
import { COPY_INSTANCE } from '../instances-alive.ts';

/**
 * Carries over when nobody was there: the source's outages, and the time since its last sign of life until this one, so
 * that no session expires for a deadline that fell into it.
 */
export async function carryTime(source: Store, target: Store): Promise<void> {
  const [outages, known, lastSeenAt] = await Promise.all([
    source.presence.outages(),
    target.presence.outages(),
    source.presence.lastSeenAt(),
  ]);
  const now = await target.presence.now();
  const since = lastSeenAt === null ? [] : [{ from: lastSeenAt, to: now }];
  for (const outage of [...outages, ...since]) {
    const isKnown = known.some(({ from, to }) => from === outage.from && to === outage.to);
    if (!isKnown && outage.to > outage.from) await target.presence.addOutage(outage);
  }
  await target.presence.beat(COPY_INSTANCE, now);
}
