import { emptyActivity } from '../../model/activity.ts';
import { visibleSpans } from '../../model/hidden-ranges.ts';
import type { Role, StoredMessage } from '../../model/message.ts';
import type { SequenceRange, SessionHeader, SessionStatus } from '../../model/session.ts';
import type { SessionCursor, SessionFilter, SessionOrder } from '../../ports/session-store.ts';
import type { MessageSample, SessionSample, StatisticsScope } from '../../ports/statistics-store.ts';
import { emptyDetails, readPart } from './basis.ts';
import type { Connection } from './connection.ts';
import { decodeMessage, MESSAGE_COLUMNS, type MessageRow } from './message-codec.ts';
import { decodeSession, SESSION_COLUMNS, type SessionRow } from './session-codec.ts';
import { cursorOf, readSessionPage, type SessionPage } from './session-pages.ts';
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

/** StatusCount is what the census counts of a status. */
export interface StatusCount {
  status: SessionStatus;
  sessionCount: number;
  accessSum: number;
  oldestAccessAt: number;
  newestAccessAt: number;
}

const ROWS_AT_ONCE = 512;
/** A step ends with the session in which it has seen so many messages, so that it is short. */
const SAMPLED_AT_ONCE = 10_000;
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
  return connection.snapshot(() => {
    const { sessions, next } = readScope(connection, { ...scan, window: {} });
    const samples = new Map<string, MessageSample>();
    let seen = 0;
    for (const { key, floor, header } of sessions) {
      for (const span of visibleSpans(header.hidden, [floor + 1, header.lastSequence])) {
        for (const message of readSpan(connection, key, span)) sampleMessage(samples, message, scan.window);
      }
      seen += header.lastSequence - floor;
      if (seen > SAMPLED_AT_ONCE) return { items: [...samples.values()], next: cursorOf(header, ORDER) };
    }
    return { items: [...samples.values()], next };
  });
}

/** Counts a page of the sessions of all tenants by status. */
export function scanCensus(connection: Connection, afterKey: number): Step<StatusCount, number> {
  const sql = `SELECT tenant, ${SESSION_COLUMNS} FROM sessions WHERE key > ? ORDER BY key LIMIT ${ROWS_AT_ONCE}`;
  const rows = connection.all<SessionRow & { tenant: number }>(sql, afterKey);
  const counts = new Map<SessionStatus, StatusCount>();
  for (const row of rows) {
    const {
      isTombstone,
      status,
      lastAccessAt: at,
    } = decodeSession(connection.path, { key: row.tenant, name: '' }, row);
    if (isTombstone) continue;
    addCount(counts, { status, sessionCount: 1, accessSum: at, oldestAccessAt: at, newestAccessAt: at });
  }
  return { items: [...counts.values()], next: rows.length < ROWS_AT_ONCE ? null : rows.at(-1)!.key };
}

/** Adds what was counted of a bucket and role to what is known of them. */
export function addSample(samples: Map<string, MessageSample>, sample: MessageSample): void {
  const key: `${number} ${Role}` = `${sample.bucketAt} ${sample.role}`;
  const known = samples.get(key);
  if (known === undefined) {
    samples.set(key, sample);
    return;
  }
  known.messageCount += sample.messageCount;
  known.tokenCount += sample.tokenCount;
}

/** Adds what was counted of a status to what is known of it. */
export function addCount(counts: Map<SessionStatus, StatusCount>, count: StatusCount): void {
  const known = counts.get(count.status);
  if (known === undefined) {
    counts.set(count.status, count);
    return;
  }
  known.sessionCount += count.sessionCount;
  known.accessSum += count.accessSum;
  known.oldestAccessAt = Math.min(known.oldestAccessAt, count.oldestAccessAt);
  known.newestAccessAt = Math.max(known.newestAccessAt, count.newestAccessAt);
}

function sampleMessage(
  samples: Map<string, MessageSample>,
  { createdAt, role, tokenCount }: StoredMessage,
  { fromAt, toAt, bucketMs }: MessageScan['window'],
): void {
  if (createdAt < fromAt || createdAt >= toAt) return;
  const bucketAt = createdAt - ((createdAt - fromAt) % bucketMs);
  addSample(samples, { bucketAt, role, messageCount: 1, tokenCount });
}

/** Reads whole rows, so that each passes its checksum: a sum would not show that one of its terms is broken. */
function* readSpan(connection: Connection, session: number, [first, last]: SequenceRange): Generator<StoredMessage> {
  const sql = `SELECT ${MESSAGE_COLUMNS} FROM messages
    WHERE id BETWEEN (?1 << 32) | ?2 AND (?1 << 32) | ?3 ORDER BY id LIMIT ${ROWS_AT_ONCE}`;
  for (let from = first; from <= last; ) {
    const rows = connection.all<MessageRow>(sql, session, from, last);
    for (const row of rows) yield decodeMessage(connection.path, row);
    from = rows.length < ROWS_AT_ONCE ? last + 1 : rows.at(-1)!.sequence + 1;
  }
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
