import type { Activity } from '../model/activity.ts';
import type { Role } from '../model/message.ts';
import type { SessionDetails, SessionHeader } from '../model/session.ts';
import type { StatusCensus } from '../model/stats/instance-figures.ts';

/** StatisticsScope bounds a statistic to a session, a user, an agent, or (all absent) the tenant. */
export interface StatisticsScope {
  sessionId?: string;
  userId?: string;
  agentId?: string;
}

/** SessionSample is what statistics see of one session. */
export interface SessionSample {
  header: SessionHeader;
  activity: Activity;
  errorMessage: SessionDetails['errorMessage'];
}

/** MessageSample is what one time bucket holds of one role. */
export interface MessageSample {
  /** Start of the bucket, ms since the epoch. */
  bucketAt: number;
  role: Role;
  messageCount: number;
  tokenCount: number;
}

/** StatisticsStore gives the raw figures; model/stats folds them. Tombstones are not seen. */
export interface StatisticsStore {
  /** Calls `fold` with every live session in scope created in [fromAt, toAt), in pages, off the serving path. */
  foldSessions(
    tenant: string,
    scope: StatisticsScope,
    window: { fromAt?: number; toAt?: number },
    fold: (sample: SessionSample) => void,
    signal?: AbortSignal,
  ): Promise<void>;

  /** Counts the visible messages in scope by role and by buckets of `bucketMs`, aligned to `fromAt`, over [fromAt, toAt). */
  sampleMessages(
    tenant: string,
    scope: StatisticsScope,
    window: { fromAt: number; toAt: number; bucketMs: number },
    signal?: AbortSignal,
  ): Promise<MessageSample[]>;

  /** Counts the sessions of all tenants, one entry for each status that has any. */
  census(signal?: AbortSignal): Promise<StatusCensus[]>;
}
