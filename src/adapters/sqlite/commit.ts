import { requestDigestsOf } from '../../model/claim-key.ts';
import type { SessionHeader } from '../../model/session.ts';
import { findHolder, releaseClaims, takeClaims } from './claims.ts';
import type { Connection } from './connection.ts';
import { appendEvents } from './event-rows.ts';
import { addGarbage } from './garbage.ts';
import { jsonChecksum } from './json-row.ts';
import { insertMessages, settleTokenCounts } from './message-rows.ts';
import { forgetDigests, forgetRequestIds, rememberRequestIds } from './request-ids.ts';
import { SEQUENCE_MAX } from './schema.ts';
import { accessMinute, decodeDeadlines, encodeSession, type SessionColumns, sessionChecksum } from './session-codec.ts';
import { findSession } from './session-rows.ts';
import { ensureTenant, type TenantKey } from './tenants.ts';
import type { CommitWrite, UpdateExtent, WriteAnswers } from './write.ts';

/** The columns of a stored row that decide whether a commit may go on it, and that it does not set. */
interface StoredMark {
  key: number;
  uid: string;
  rev: number;
  status: number;
  deadlines: string;
  floor: number;
}

/** Writes one commit inside the open transaction, or finds that it conflicts and writes nothing. */
export function performCommit(connection: Connection, write: CommitWrite): WriteAnswers['commit'] {
  const tenant = ensureTenant(connection, write.tenant);
  const stored = readMark(connection, tenant, write.session.session_id);
  if (!isBasis(write, stored) || isClaimTaken(connection, tenant, write)) return 'conflict';
  const key = writeSession(connection, tenant, write, stored);
  writeParts(connection, write, key);
  insertMessages(connection, tenant, key, write.messages, write.bodies);
  settleTokenCounts(connection, key, write.tokenCounts);
  forgetRequestIds(connection, key, write.forgetThrough);
  forgetDigests(connection, key, requestDigestsOf(write.released));
  rememberRequestIds(connection, key, write.recorded);
  writeToolCalls(connection, write, key);
  releaseClaims(connection, tenant, key, write.released);
  takeClaims(connection, tenant, key, write.claims);
  if (write.discardThrough > 0) addGarbage(connection, key, write.discardThrough);
  if (write.events !== null) appendEvents(connection, tenant, write.events);
  return 'committed';
}

function readMark(connection: Connection, tenant: TenantKey, sessionId: string): StoredMark | undefined {
  const sql = `SELECT key, uid, rev, status, deadlines, floor FROM sessions
    WHERE tenant = ? AND session_id = ?`;
  return connection.get<StoredMark>(sql, tenant.key, sessionId);
}

function isBasis({ basis, isSlide }: CommitWrite, stored: StoredMark | undefined): boolean {
  if (basis === null || stored === undefined) return basis === null && stored === undefined;
  if (stored.uid !== basis.uid || stored.rev !== basis.rev) return false;
  // A slide leaves rev as it is: what was decided on the deadlines before it must be decided again.
  return isSlide || stored.deadlines === basis.deadlines;
}

function isClaimTaken(connection: Connection, tenant: TenantKey, write: CommitWrite): boolean {
  return write.claims.some((claim) => {
    const holder = findHolder(connection, tenant, claim);
    return holder !== null && holder.uid !== write.session.uid;
  });
}

function writeSession(
  connection: Connection,
  tenant: TenantKey,
  write: CommitWrite,
  stored: StoredMark | undefined,
): number {
  const { session } = write;
  const isSameLife = stored !== undefined && stored.uid === session.uid && session.status < 0 === stored.status < 0;
  if (!isSameLife) {
    if (stored !== undefined) removeSession(connection, stored.key);
    return insertSession(connection, tenant, session, write.lastSequence - write.messages.length);
  }
  const { key } = stored;
  if (write.isSlide) {
    slideSession(connection, tenant, session, stored);
  } else if (write.discardThrough > stored.floor) {
    updateSession(connection, tenant, key, write.discardThrough, session, 'everything');
  } else {
    updateSession(connection, tenant, key, stored.floor, session, write.extent);
  }
  return key;
}

/** Takes a session's row away, so that all that hangs on its key is out of reach, and queues the rest for removal. */
export function removeSession(connection: Connection, key: number): void {
  connection.run('DELETE FROM sessions WHERE key = ?', key);
  addGarbage(connection, key, SEQUENCE_MAX);
}

function insertSession(connection: Connection, tenant: TenantKey, session: SessionColumns, floor: number): number {
  const sql = `INSERT INTO sessions (tenant, session_id, uid, rev, status, user_id, agent_id, channel, conversation_key,
    created_at, last_access_at, access_minute, due_at, deadlines, floor, header, crc)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`;
  const key = connection.insert(
    sql,
    tenant.key,
    session.session_id,
    session.uid,
    session.rev,
    session.status,
    session.user_id,
    session.agent_id,
    session.channel,
    session.conversation_key,
    session.created_at,
    session.last_access_at,
    accessMinute(session.last_access_at),
    session.due_at,
    session.deadlines,
    floor,
    session.header,
  );
  connection.run('UPDATE sessions SET crc = ? WHERE key = ?', sessionChecksum(tenant.key, key, floor, session), key);
  return key;
}

const HEADER_COLUMNS = ['rev', 'last_access_at', 'deadlines', 'header', 'crc'] as const;
const TIMES_COLUMNS = [...HEADER_COLUMNS, 'status', 'access_minute', 'due_at', 'floor'] as const;
const IDENTITY_COLUMNS = ['user_id', 'agent_id', 'channel', 'conversation_key', 'created_at'] as const;

const UPDATED_COLUMNS = {
  header: HEADER_COLUMNS,
  times: TIMES_COLUMNS,
  everything: [...TIMES_COLUMNS, ...IDENTITY_COLUMNS],
} as const;

function updateSession(
  connection: Connection,
  tenant: TenantKey,
  key: number,
  floor: number,
  session: SessionColumns,
  extent: UpdateExtent,
): void {
  const row = {
    ...session,
    access_minute: accessMinute(session.last_access_at),
    floor,
    crc: sessionChecksum(tenant.key, key, floor, session),
  };
  const columns = UPDATED_COLUMNS[extent];
  const sql = `UPDATE sessions SET ${columns.map((column) => `${column} = ?`).join(', ')} WHERE key = ?`;
  connection.run(sql, ...columns.map((column) => row[column]), key);
}

/** A slide keeps the later of what is stored and what it brings: a slide of the same basis may have been first. */
function slideSession(connection: Connection, tenant: TenantKey, session: SessionColumns, stored: StoredMark): void {
  const before = findSession(connection, tenant, session.session_id)!;
  const { lastAccessAt, dueAt, deadlines } = before.header;
  const slid = decodeDeadlines(session.deadlines);
  const merged: SessionHeader = {
    ...before.header,
    lastAccessAt: Math.max(lastAccessAt, session.last_access_at),
    dueAt: later(dueAt, session.due_at),
    deadlines: {
      ...deadlines,
      dormantAt: Math.max(deadlines.dormantAt, slid.dormantAt),
      expireAt: later(deadlines.expireAt, slid.expireAt),
      warnAt: later(deadlines.warnAt, slid.warnAt),
    },
  };
  updateSession(connection, tenant, stored.key, stored.floor, encodeSession(merged), 'times');
}

function later(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other);
}

function writeParts(connection: Connection, write: CommitWrite, key: number): void {
  for (const [table, body] of write.parts) {
    const sql = `INSERT INTO ${table} (session, body, crc) VALUES (?, ?, ?)
      ON CONFLICT (session) DO UPDATE SET body = excluded.body, crc = excluded.crc`;
    connection.run(sql, key, body, jsonChecksum(table, [key], body));
  }
}

function writeToolCalls(connection: Connection, write: CommitWrite, key: number): void {
  const sql = `INSERT INTO tool_calls (session, call_id, body, crc) VALUES (?, ?, ?, ?)
    ON CONFLICT (session, call_id) DO UPDATE SET body = excluded.body, crc = excluded.crc`;
  for (const call of write.toolCalls) {
    const body = JSON.stringify(call);
    connection.run(sql, key, call.callId, body, jsonChecksum('tool_calls', [key, call.callId], body));
  }
}
