import type { SessionStatus } from '../session.ts';

/** InstanceFigures is what one instance of the service does; counts are of all tenants. */
export interface InstanceFigures extends IdleFigures {
  /** Sessions in the store by committed status. */
  sessionCounts: Record<SessionStatus, number>;
  activity: InstanceActivity;
  /** The deadlines of a session that asks for none. */
  dormantAfterMs: number;
  ttlMs: number;
  /** True when the idle limit is below the TTL, so that both count. */
  isDualTtl: boolean;
  isSliding: boolean;
  sweeperBacklog: number;
}

/** InstanceActivity is what a process counts about itself since `startedAt`. */
interface InstanceActivity {
  startedAt: number;
  cachedSessions: number;
  /** Sessions that this process made DORMANT and EXPIRED. */
  dormancies: number;
  expiries: number;
  /** Layers of the cache, nearest first. */
  cacheLayers: { name: string; entryCount: number; hits: number; misses: number }[];
  /** Open streams of Watch and WatchExpiry. */
  watchers: number;
}

/** IdleFigures is the time since the last access of ACTIVE and DORMANT sessions, in ms; 0 without any. */
export interface IdleFigures {
  averageIdleMs: number;
  longestIdleMs: number;
  shortestIdleMs: number;
}

/** StatusCensus counts the sessions of all tenants that are committed in one status, with their times of last access. */
export interface StatusCensus {
  status: SessionStatus;
  sessionCount: number;
  meanAccessAt: number;
  oldestAccessAt: number;
  newestAccessAt: number;
}

/** Counts sessions by status, 0 where there are none. */
export function sessionCountsOf(census: readonly StatusCensus[]): Record<SessionStatus, number> {
  const counts = { ACTIVE: 0, DORMANT: 0, EXPIRED: 0, ENDED: 0 };
  for (const { status, sessionCount } of census) counts[status] = sessionCount;
  return counts;
}

/** Derives how long the sessions that live have been idle at an instant. */
export function idleFiguresOf(census: readonly StatusCensus[], now: number): IdleFigures {
  const living = census.filter(({ status, sessionCount }) => LIVING.has(status) && sessionCount > 0);
  if (living.length === 0) return { averageIdleMs: 0, longestIdleMs: 0, shortestIdleMs: 0 };
  const sessionCount = living.reduce((sum, entry) => sum + entry.sessionCount, 0);
  const idleSumMs = living.reduce((sum, entry) => sum + entry.sessionCount * (now - entry.meanAccessAt), 0);
  return {
    averageIdleMs: Math.max(0, idleSumMs / sessionCount),
    longestIdleMs: Math.max(0, ...living.map(({ oldestAccessAt }) => now - oldestAccessAt)),
    shortestIdleMs: Math.max(0, Math.min(...living.map(({ newestAccessAt }) => now - newestAccessAt))),
  };
}

const LIVING: ReadonlySet<SessionStatus> = new Set(['ACTIVE', 'DORMANT']);
