import type { SQLInputValue } from 'node:sqlite';
import type { SessionHeader } from '../../model/session.ts';
import type { SessionCursor, SessionFilter, SessionOrder } from '../../ports/session-store.ts';
import type { Connection } from './connection.ts';
import { accessMinute, SESSION_COLUMNS, type SessionRow } from './session-codec.ts';
import { decodeStored, type StoredSession } from './session-rows.ts';
import type { TenantKey } from './tenants.ts';

/** SessionPage is what one short transaction reads of an order; `next` goes on after it, null = that was the end. */
export interface SessionPage {
  sessions: StoredSession[];
  next: SessionCursor | null;
}

/** How many rows a page holds, so that its transaction is short. */
const PAGE_ROWS = 256;

const ORDER_COLUMNS = {
  createdAt: ['created_at', 'session_id'],
  lastAccessAt: ['access_minute', 'last_access_at', 'session_id'],
} as const;

/**
 * Reads the live sessions after a cursor, in order. Only what an index knows of the filter narrows the page: the caller
 * applies the filter to what comes back.
 */
export function readSessionPage(
  connection: Connection,
  tenant: TenantKey,
  filter: SessionFilter,
  order: SessionOrder,
  after: SessionCursor | null,
): SessionPage {
  const rows = readRows(connection, tenant, filter, order, after);
  const sessions = rows.map((row) => decodeStored(connection, tenant, row));
  const last = sessions.length < PAGE_ROWS ? undefined : sessions.at(-1);
  return { sessions, next: last === undefined ? null : cursorOf(last.header, order) };
}

/** Returns a session's place in an order. */
export function cursorOf(header: SessionHeader, { by }: SessionOrder): SessionCursor {
  return { at: header[by], sessionId: header.sessionId };
}

interface Condition {
  sql: string;
  values: SQLInputValue[];
}

function readRows(
  connection: Connection,
  tenant: TenantKey,
  filter: SessionFilter,
  order: SessionOrder,
  after: SessionCursor | null,
): SessionRow[] {
  const conditions = [
    { sql: 'tenant = ? AND status > 0', values: [tenant.key] },
    ...indexedConditions(filter),
    ...(order.by === 'createdAt' ? creationConditions(filter) : accessConditions(filter)),
    ...(after === null ? [] : [cursorCondition(order, after)]),
  ];
  const direction = order.direction === 'newestFirst' ? 'DESC' : 'ASC';
  const ordering = ORDER_COLUMNS[order.by].map((column) => `${column} ${direction}`).join(', ');
  return connection.all<SessionRow>(
    `SELECT ${SESSION_COLUMNS} FROM sessions INDEXED BY ${indexFor(filter, order)}
      WHERE ${conditions.map(({ sql }) => sql).join(' AND ')} ORDER BY ${ordering} LIMIT ${PAGE_ROWS}`,
    ...conditions.flatMap(({ values }) => values),
  );
}

// A partial index is used only where the condition repeats its own.
function indexedConditions({ userId, agentId, sessionIds }: SessionFilter): Condition[] {
  const conditions: Condition[] = [];
  if (userId) conditions.push({ sql: "user_id = ? AND user_id <> ''", values: [userId] });
  if (agentId) conditions.push({ sql: "agent_id = ? AND agent_id <> ''", values: [agentId] });
  if (sessionIds !== undefined) {
    conditions.push({ sql: 'session_id IN (SELECT value FROM json_each(?))', values: [JSON.stringify(sessionIds)] });
  }
  return conditions;
}

function creationConditions({ createdAfter, createdBefore }: SessionFilter): Condition[] {
  const conditions: Condition[] = [];
  if (createdAfter !== undefined) conditions.push({ sql: 'created_at > ?', values: [createdAfter] });
  if (createdBefore !== undefined) conditions.push({ sql: 'created_at < ?', values: [createdBefore] });
  return conditions;
}

function accessConditions({ accessedAfter, accessedBefore }: SessionFilter): Condition[] {
  const conditions: Condition[] = [];
  if (accessedAfter !== undefined)
    conditions.push({ sql: 'access_minute >= ?', values: [accessMinute(accessedAfter)] });
  if (accessedBefore !== undefined) {
    conditions.push({ sql: 'access_minute <= ?', values: [accessMinute(accessedBefore)] });
  }
  return conditions;
}

function cursorCondition({ by, direction }: SessionOrder, { at, sessionId }: SessionCursor): Condition {
  const columns = ORDER_COLUMNS[by];
  const places = columns.map(() => '?').join(', ');
  return {
    sql: `(${columns.join(', ')}) ${direction === 'newestFirst' ? '<' : '>'} (${places})`,
    values: by === 'createdAt' ? [at, sessionId] : [accessMinute(at), at, sessionId],
  };
}

function indexFor({ sessionIds, userId, agentId }: SessionFilter, { by }: SessionOrder): string {
  if (sessionIds !== undefined) return 'sessions_by_id';
  if (userId) return 'sessions_by_user';
  if (agentId) return 'sessions_by_agent';
  return by === 'createdAt' ? 'sessions_by_creation' : 'sessions_by_access';
}
