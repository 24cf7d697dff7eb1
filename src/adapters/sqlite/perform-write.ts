import { performCommit, removeSession } from './commit.ts';
import type { Connection } from './connection.ts';
import { blankUserInRows, compactTenant } from './event-rows.ts';
import { collectGarbage } from './garbage.ts';
import { bareChecksum, jsonChecksum } from './json-row.ts';
import { allTenants, ensureTenant, findTenant } from './tenants.ts';
import type { Write, WriteAnswer, WriteAnswers } from './write.ts';

/** How long outages are kept, in ms: as long as Presence answers them. */
export const OUTAGES_KEPT_MS: number = 7 * 24 * 3_600_000;

type WriteOf<Kind extends Write['kind']> = Extract<Write, { kind: Kind }>;

/** Does one write inside the open transaction and returns what it is answered with. */
export function performWrite(connection: Connection, write: Write): WriteAnswer {
  switch (write.kind) {
    case 'commit':
      return performCommit(connection, write);
    case 'forget':
      return forget(connection, write);
    case 'commitAgent':
      return commitAgent(connection, write);
    case 'purgeAgents':
      return connection.run('DELETE FROM agents WHERE updated_at < ?', write.updatedBefore);
    case 'compactEvents':
      return compactEvents(connection, write);
    case 'blankUser':
      return blankUser(connection, write);
    case 'beat':
      return beat(connection, write);
    case 'addOutage':
      return addOutage(connection, write);
    case 'collectGarbage':
      return collectGarbage(connection, write.limit);
  }
}

function forget(connection: Connection, { tenant, sessionId, uid, rev }: WriteOf<'forget'>): null {
  const known = findTenant(connection, tenant);
  if (known === null) return null;
  const sql = `SELECT key FROM sessions WHERE tenant = ? AND session_id = ? AND uid = ? AND rev = ? AND status < 0`;
  const tombstone = connection.get<{ key: number }>(sql, known.key, sessionId, uid, rev);
  if (tombstone !== undefined) removeSession(connection, tombstone.key);
  return null;
}

function commitAgent(connection: Connection, write: WriteOf<'commitAgent'>): WriteAnswers['commitAgent'] {
  const { key } = ensureTenant(connection, write.tenant);
  const sql = 'SELECT rev FROM agents WHERE tenant = ? AND agent_id = ?';
  const stored = connection.get<{ rev: number }>(sql, key, write.agentId);
  if ((stored?.rev ?? 0) !== write.basisRev) return false;
  connection.run(
    'INSERT OR REPLACE INTO agents (tenant, agent_id, rev, updated_at, body, crc) VALUES (?, ?, ?, ?, ?, ?)',
    key,
    write.agentId,
    write.rev,
    write.updatedAt,
    write.body,
    jsonChecksum('agents', [key, write.agentId], write.body),
  );
  return true;
}

function compactEvents(connection: Connection, { recordedBefore, limit }: WriteOf<'compactEvents'>): number {
  let removed = 0;
  for (const tenant of allTenants(connection)) {
    if (removed >= limit) break;
    removed += compactTenant(connection, tenant, recordedBefore, limit - removed);
  }
  return removed;
}

function blankUser(connection: Connection, write: WriteOf<'blankUser'>): WriteAnswers['blankUser'] {
  const tenant = findTenant(connection, write.tenant);
  if (tenant === null) return { changed: 0, lastNumber: 0 };
  return blankUserInRows(connection, tenant, write.userId, write.afterNumber, write.limit);
}

function beat(connection: Connection, { instanceId, at }: WriteOf<'beat'>): null {
  const crc = bareChecksum('beats', [instanceId, at]);
  connection.run('INSERT OR REPLACE INTO beats (instance, at, crc) VALUES (?, ?, ?)', instanceId, at, crc);
  connection.run('DELETE FROM beats WHERE at < ?', at);
  return null;
}

function addOutage(connection: Connection, { from, to }: WriteOf<'addOutage'>): null {
  const crc = bareChecksum('outages', [from, to]);
  connection.run('INSERT OR REPLACE INTO outages (from_at, to_at, crc) VALUES (?, ?, ?)', from, to, crc);
  connection.run('DELETE FROM outages WHERE to_at < ?', to - OUTAGES_KEPT_MS);
  return null;
}
