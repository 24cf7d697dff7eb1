import { emptyActivity } from '../../model/activity.ts';
import { visibleSpans } from '../../model/hidden-ranges.ts';
import type { SessionHeader, SessionStatus } from '../../model/session.ts';
import type { SessionCursor, SessionFilter, SessionOrder } from '../../ports/session-store.ts';
import type { MessageSample, SessionSample, StatisticsScope } from '../../ports/statistics-store.ts';
import { emptyDetails, readPart } from './basis.ts';
import type { Connection } from './connection.ts';
import { ROLES } from './message-codec.ts';
import { STATUSES } from './session-codec.ts';
import { readSessionPage, type SessionPage } from './session-pages.ts';
import { findTenant } from './tenants.ts';

/** SampleScan asks for the next sessions of a statistic. */
export interface SampleScan {
  tenant: string;
  scope: StatisticsScope;
  window: { fromAt?: number; toAt?: number };
  after: SessionCursor | null;
}

/** MessageScan asks for the messages of the next sessions, in buckets. */
export interface MessageScan extends Omit<SampleScan, 'window'> {
  window: { fromAt: number; toAt: number; bucketMs: number };
}

/** Step is what one short transaction found; `next` goes on, null = that was all. */
export interface Step<Item, Place> {
  items: Item[];
  next: Place | null;
}

/** StatusCount is what one page of the census saw of a status. */
export interface StatusCount {
  status: SessionStatus;
  sessionCount: number;
  accessSum: number;
  oldestAccessAt: number;
  newestAccessAt: number;
}

const CENSUS_ROWS = 4096;
const ORDER: SessionOrder = { by: 'createdAt', direction: 'oldestFirst' };

/** Reads a step of the sessions as statistics see them. */
export function scanSamples(connection: Connection, scan: SampleScan): Step<SessionSample, SessionCursor> {
  const { fromAt = Number.NEGATIVE_INFINITY, toAt = Number.POSITIVE_INFINITY } = scan.window;
  return connection.snapshot(() => {
    const { sessions, next } = readScope(connection, scan);
    const items = sessions
      .filter(({ header }) => header.createdAt >= fromAt && header.createdAt < toAt)
      .map(({ key, header }) => ({
        header,
        activity: readPart(connection, 'activity', key, emptyActivity()),
        errorMessage: readPart(connection, 'details', key, emptyDetails()).errorMessage,
      }));
    return { items, next };
  });
}

/** Counts the visible messages of a step's sessions; the same bucket and role may come up once for each session. */
export function scanMessageSamples(connection: Connection, scan: MessageScan): Step<MessageSample, SessionCursor> {
  const { fromAt, toAt, bucketMs } = scan.window;
  const sql = `SELECT cast((created_at - ?1) / ?3 AS INTEGER) AS bucket, role, count(*) AS messageCount,
      sum(token_count) AS tokenCount
    FROM messages WHERE id BETWEEN (?4 << 32) | ?5 AND (?4 << 32) | ?6 AND created_at >= ?1 AND created_at < ?2
    GROUP BY bucket, role`;
  return connection.snapshot(() => {
    const { sessions, next } = readScope(connection, { ...scan, window: {} });
    const rows = sessions.flatMap(({ key, floor, header }) =>
      visibleSpans(header.hidden, [floor + 1, header.lastSequence]).flatMap(([first, last]) =>
        connection.all<BucketRow>(sql, fromAt, toAt, bucketMs, key, first, last),
      ),
    );
    return { items: rows.map((row) => sampleFrom(row, fromAt, bucketMs)), next };
  });
}

/** Counts a page of the sessions of all tenants by status. */
export function scanCensus(connection: Connection, afterKey: number): Step<StatusCount, number> {
  const rows = `SELECT key, status, last_access_at FROM sessions WHERE key > ?1 ORDER BY key LIMIT ${CENSUS_ROWS}`;
  const sql = `SELECT status, count(*) AS sessionCount, sum(last_access_at) AS accessSum,
      min(last_access_at) AS oldestAccessAt, max(last_access_at) AS newestAccessAt
    FROM (${rows}) WHERE status > 0 GROUP BY status`;
  return connection.snapshot(() => {
    const counts = connection.all<Omit<StatusCount, 'status'> & { status: number }>(sql, afterKey);
    const last = connection.get<{ key: number | null; count: number }>(
      `SELECT max(key) AS key, count(*) AS count FROM (${rows})`,
      afterKey,
    )!;
    const items = counts.map((count) => ({ ...count, status: STATUSES[count.status - 1]! }));
    return { items, next: last.count < CENSUS_ROWS ? null : last.key };
  });
}

interface BucketRow {
  bucket: number;
  role: number;
  messageCount: number;
  tokenCount: number;
}

function sampleFrom(row: BucketRow, fromAt: number, bucketMs: number): MessageSample {
  const { bucket, role, messageCount, tokenCount } = row;
  return { bucketAt: fromAt + bucket * bucketMs, role: ROLES[role - 1]!, messageCount, tokenCount };
}

function readScope(connection: Connection, { tenant, scope, window, after }: SampleScan): SessionPage {
  const known = findTenant(connection, tenant);
  if (known === null) return { sessions: [], next: null };
  const { sessionId, userId, agentId } = scope;
  // Times are whole milliseconds; the filter excludes its bounds, a window includes its first.
  const filter: SessionFilter = {
    ...(sessionId !== undefined && { sessionIds: [sessionId] }),
    ...(userId !== undefined && { userId }),
    ...(agentId !== undefined && { agentId }),
    ...(window.fromAt !== undefined && { createdAfter: window.fromAt - 1 }),
    ...(window.toAt !== undefined && { createdBefore: window.toAt }),
  };
  const page = readSessionPage(connection, known, filter, ORDER, after);
  return { ...page, sessions: page.sessions.filter(({ header }) => isInScope(header, scope)) };
}

function isInScope(header: SessionHeader, { userId, agentId }: StatisticsScope): boolean {
  return (userId === undefined || header.userId === userId) && (agentId === undefined || header.agentId === agentId);
}
