import type { SessionHeader } from '../../model/session.ts';
import type { Connection } from './connection.ts';
import { decodeSession, SESSION_COLUMNS, type SessionRow } from './session-codec.ts';
import type { TenantKey } from './tenants.ts';

/** StoredSession is a header with the key that its parts hang on. */
export interface StoredSession {
  key: number;
  /** Messages up to this sequence are no more. */
  floor: number;
  header: SessionHeader;
}

const BY_ID = `SELECT ${SESSION_COLUMNS} FROM sessions WHERE tenant = ? AND session_id = ?`;
const BY_UID = `SELECT ${SESSION_COLUMNS} FROM sessions WHERE uid = ? AND tenant = ? AND status > 0`;

/** Finds a session or tombstone by its id; null when there is none. */
export function findSession(connection: Connection, tenant: TenantKey, sessionId: string): StoredSession | null {
  return decode(connection, tenant, connection.get<SessionRow>(BY_ID, tenant.key, sessionId));
}

/** Finds a live session by its uid; null when there is none. */
export function findLife(connection: Connection, tenant: TenantKey, uid: string): StoredSession | null {
  return decode(connection, tenant, connection.get<SessionRow>(BY_UID, uid, tenant.key));
}

/** Turns a row of a tenant into its session; throws STORE_CORRUPT when the checksum is another. */
export function decodeStored(connection: Connection, tenant: TenantKey, row: SessionRow): StoredSession {
  return { key: row.key, floor: row.floor, header: decodeSession(connection.path, tenant, row) };
}

function decode(connection: Connection, tenant: TenantKey, row: SessionRow | undefined): StoredSession | null {
  return row === undefined ? null : decodeStored(connection, tenant, row);
}
