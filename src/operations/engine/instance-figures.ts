import { type InstanceFigures, idleFiguresOf, sessionCountsOf } from '../../model/stats/instance-figures.ts';
import type { Engine } from './engine.ts';

/** Reads what this instance does: of the store the sessions of all tenants, of the process the rest; it keeps no cache. */
export async function readInstanceFigures(engine: Engine, signal?: AbortSignal): Promise<InstanceFigures> {
  const { store, settings, tally, watchers } = engine;
  const { now, uncertaintyMs } = engine.time();
  const [census, sweeperBacklog] = await Promise.all([
    store.statistics.census(signal),
    store.sessions.countDue(now - uncertaintyMs),
  ]);
  const { dormantAfterMs, ttlMs } = settings.terms;
  return {
    sessionCounts: sessionCountsOf(census),
    activity: {
      startedAt: tally.startedAt,
      cachedSessions: 0,
      dormancies: tally.eventCount('DORMANT'),
      expiries: tally.eventCount('EXPIRED'),
      cacheLayers: [],
      watchers: watchers.size,
    },
    dormantAfterMs,
    ttlMs,
    isDualTtl: dormantAfterMs < ttlMs,
    isSliding: true,
    ...idleFiguresOf(census, now),
    sweeperBacklog,
  };
}
