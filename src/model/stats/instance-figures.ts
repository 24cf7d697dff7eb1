import type { SessionStatus } from '../session.ts';

/** InstanceFigures is what one instance of the service does; counts are of all tenants. */
export interface InstanceFigures {
  /** Sessions in the store by committed status. */
  sessionCounts: Record<SessionStatus, number>;
  activity: InstanceActivity;
  /** The deadlines of a session that asks for none. */
  dormantAfterMs: number;
  ttlMs: number;
  /** True when the idle limit is below the TTL, so that both count. */
  isDualTtl: boolean;
  isSliding: boolean;
  /** Since the last access of ACTIVE and DORMANT sessions; 0 without any. */
  averageIdleMs: number;
  longestIdleMs: number;
  shortestIdleMs: number;
  sweeperBacklog: number;
}

/** InstanceActivity is what a process counts about itself since `startedAt`. */
export interface InstanceActivity {
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
