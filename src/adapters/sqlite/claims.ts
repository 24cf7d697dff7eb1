import type { Claim } from '../../model/basis.ts';
import type { Connection } from './connection.ts';
import { bareChecksum, checkBareRow } from './json-row.ts';
import type { TenantKey } from './tenants.ts';

interface HolderRow {
  session: number;
  crc: number;
  session_id: string;
  uid: string;
}

// A claim hangs on a session's key: once that life is gone the join finds nothing, and the claim is free.
const HOLDER = `SELECT claims.session, claims.crc, sessions.session_id, sessions.uid
  FROM claims CROSS JOIN sessions ON sessions.key = claims.session AND sessions.status > 0
  WHERE claims.tenant = ? AND claims.claim = ?`;

/** Finds the live session that holds a claim; null when none does. */
export function findHolder(connection: Connection, tenant: TenantKey, key: string): Claim | null {
  const row = connection.get<HolderRow>(HOLDER, tenant.key, key);
  if (row === undefined) return null;
  checkBareRow(connection.path, 'claims', [tenant.key, key, row.session], row.crc);
  return { key, sessionId: row.session_id, uid: row.uid };
}

/** Gives claims back, those of them that this session holds. */
export function releaseClaims(
  connection: Connection,
  tenant: TenantKey,
  session: number,
  keys: readonly string[],
): void {
  for (const key of keys) {
    connection.run('DELETE FROM claims WHERE tenant = ? AND claim = ? AND session = ?', tenant.key, key, session);
  }
}

/** Gives claims to a session, whoever held them. */
export function takeClaims(connection: Connection, tenant: TenantKey, session: number, keys: readonly string[]): void {
  const sql = `INSERT INTO claims (tenant, claim, session, crc) VALUES (?, ?, ?, ?)
    ON CONFLICT (tenant, claim) DO UPDATE SET session = excluded.session, crc = excluded.crc`;
  for (const key of keys)
    connection.run(sql, tenant.key, key, session, bareChecksum('claims', [tenant.key, key, session]));
}
