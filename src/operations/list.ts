import type { SessionStatus } from '../model/session.ts';
import type { SessionView } from './session-view.ts';

/** ListInput asks for the sessions that match all filters given; empty text, no entries and null filter nothing. */
export interface ListInput {
  userId: string;
  agentId: string;
  channel: string;
  conversationKey: string;
  /** None = ACTIVE and DORMANT. */
  statuses: SessionStatus[];
  labels: Record<string, string>;
  titleQuery: string;
  /** Instants in ms; both kinds of bounds exclude. */
  createdAfter: number | null;
  createdBefore: number | null;
  accessedAfter: number | null;
  accessedBefore: number | null;
  /** `create_time` or `last_access_time`, then ` asc` or ` desc`; empty = `create_time desc`. */
  orderBy: string;
  /** 0 = the default. */
  pageSize: number;
  pageToken: string;
}

/** ListAnswer is one page; `watchToken` was taken before the read. */
export interface ListAnswer {
  sessions: SessionView[];
  /** Empty on the last page. */
  nextPageToken: string;
  watchToken: string;
}
