import type { DueSession } from '../../ports/session-store.ts';
import type { Connection } from './connection.ts';
import { allTenants, type TenantKey } from './tenants.ts';

/** DueScan asks for due sessions, taking turns among tenants (ports/session-store, findDue). */
export interface DueScan {
  dueBefore: number;
  limit: number;
  after: DueSession | null;
}

interface DueRow {
  session_id: string;
  due_at: number;
}

interface Turn extends DueSession {
  turn: number;
}

/** Finds due sessions: every tenant's earliest, then every tenant's second, and so on. */
export function scanDue(connection: Connection, scan: DueScan): DueSession[] {
  return connection.snapshot(() => {
    const tenants = [...allTenants(connection)].filter((tenant) => readDue(connection, tenant, scan, 1).length > 0);
    if (tenants.length === 0) return [];
    for (let turns = Math.ceil(scan.limit / tenants.length); ; turns *= 2) {
      const found = tenants.flatMap((tenant) => readDue(connection, tenant, scan, turns));
      if (found.length >= scan.limit || turns >= scan.limit) return inTurns(found).slice(0, scan.limit);
    }
  });
}

/** Counts the sessions and tombstones that are due. */
export function scanDueCount(connection: Connection, dueBefore: number): number {
  const sql = 'SELECT count(*) AS count FROM sessions WHERE tenant = ? AND due_at <= ?';
  let count = 0;
  for (const tenant of allTenants(connection)) {
    count += connection.get<{ count: number }>(sql, tenant.key, dueBefore)!.count;
  }
  return count;
}

function readDue(connection: Connection, tenant: TenantKey, { dueBefore, after }: DueScan, limit: number): Turn[] {
  const sql = `SELECT session_id, due_at FROM sessions
    WHERE tenant = ? AND due_at <= ? AND (due_at, session_id) > (?, ?) ORDER BY due_at, session_id LIMIT ?`;
  const [fromAt, fromId] = cursorIn(tenant, after);
  return connection
    .all<DueRow>(sql, tenant.key, dueBefore, fromAt, fromId, limit)
    .map(({ session_id, due_at }, turn) => ({ tenant: tenant.name, sessionId: session_id, dueAt: due_at, turn }));
}

/** The cursor is a place among all tenants: of tenants before its own, what is due at the same instant is behind it. */
function cursorIn(tenant: TenantKey, after: DueSession | null): [dueAt: number, sessionId: string] {
  if (after === null) return [Number.MIN_SAFE_INTEGER, ''];
  if (tenant.name === after.tenant) return [after.dueAt, after.sessionId];
  return tenant.name < after.tenant ? [after.dueAt, '\u{10ffff}'] : [after.dueAt, ''];
}

function inTurns(found: readonly Turn[]): DueSession[] {
  return found
    .toSorted((one, other) => one.turn - other.turn || compare(one, other))
    .map(({ tenant, sessionId, dueAt }) => ({ tenant, sessionId, dueAt }));
}

function compare(one: DueSession, other: DueSession): number {
  return (
    one.dueAt - other.dueAt || compareText(one.tenant, other.tenant) || compareText(one.sessionId, other.sessionId)
  );
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
