import { type InstanceFigures, idleFiguresOf, sessionCountsOf } from '../../model/stats/instance-figures.ts';
import type { Engine } from './engine.ts';

/** Reads what this instance does: from the store the sessions of all tenants, the rest from the process. */
export async function readInstanceFigures(engine: Engine, signal?: AbortSignal): Promise<InstanceFigures> {
  const { store, settings, tally, watchers } = engine;
  const { now, uncertaintyMs } = engine.time();
  const [census, sweeperBacklog] = await Promise.all([
    store.statistics.census(signal),
    store.sessions.countDue(now - uncertaintyMs),
  ]);
  const { dormantAfterMs, ttlMs } = settings.terms;
  return {
    startedAt: tally.startedAt,
    cachedSessions: 0,
    sessionCounts: sessionCountsOf(census),
    dormancies: tally.eventCount('DORMANT'),
    expiries: tally.eventCount('EXPIRED'),
    cacheLayers: [],
    dormantAfterMs,
    ttlMs,
    isDualTtl: dormantAfterMs < ttlMs,
    isSliding: true,
    idle: idleFiguresOf(census, now),
    sweeperBacklog,
    watchers: watchers.size,
  };
}
