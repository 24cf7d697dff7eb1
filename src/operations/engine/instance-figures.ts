import { type InstanceFigures, idleFiguresOf, sessionCountsOf } from '../../model/stats/instance-figures.ts';
import type { CacheLayerFigures } from '../../ports/store.ts';
import type { Engine } from './engine.ts';

/** Reads what this instance does: of the store the sessions of all tenants, of the process the rest. */
export async function readInstanceFigures(engine: Engine, signal?: AbortSignal): Promise<InstanceFigures> {
  const { store, settings, tally, watchers } = engine;
  const { now, uncertaintyMs } = engine.time();
  const [census, sweeperBacklog] = await Promise.all([
    store.statistics.census(signal),
    store.sessions.countDue(now - uncertaintyMs),
  ]);
  const { dormantAfterMs, ttlMs } = settings.terms;
  const cacheLayers = store.cacheFigures?.() ?? [];
  return {
    sessionCounts: sessionCountsOf(census),
    activity: {
      startedAt: tally.startedAt(now),
      cachedSessions: entriesNearby(cacheLayers),
      dormancies: tally.eventCount('DORMANT'),
      expiries: tally.eventCount('EXPIRED'),
      cacheLayers,
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

/** Layers come nearest first; the nearest is this process' own. */
function entriesNearby([nearest]: readonly CacheLayerFigures[]): number {
  return nearest?.entryCount ?? 0;
}
