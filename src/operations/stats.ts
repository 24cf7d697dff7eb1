import type { GroupFigures } from '../model/stats/group-figures.ts';
import type { InstanceFigures } from '../model/stats/instance-figures.ts';
import type { SeriesBucket } from '../model/stats/series.ts';
import type { SessionFigures } from '../model/stats/session-figures.ts';

/** StatsScope says of what statistics are asked. */
export type StatsScope = { kind: 'session' | 'user' | 'agent'; id: string } | { kind: 'tenant' } | { kind: 'instance' };

/** StatsInput asks for statistics of a scope and, with `bucketMs`, for a time series. */
export interface StatsInput {
  scope: StatsScope;
  /** Included; null = from the first. */
  startAt: number | null;
  /** Excluded; null = now. */
  endAt: number | null;
  /** null = no series. */
  bucketMs: number | null;
}

/** StatsAnswer holds the figures of the scope, and the series, oldest first, empty buckets too. */
export interface StatsAnswer {
  figures:
    | { kind: 'session'; session: SessionFigures }
    | { kind: 'group'; group: GroupFigures }
    | { kind: 'instance'; instance: InstanceFigures };
  buckets: SeriesBucket[];
}
