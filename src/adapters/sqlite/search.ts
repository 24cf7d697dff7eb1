import { isVisible } from '../../model/hidden-ranges.ts';
import type { StoredMessage } from '../../model/message.ts';
import type { SessionHeader } from '../../model/session.ts';
import type { SearchCandidate, SearchQuery } from '../../ports/search-index.ts';
import type { Connection } from './connection.ts';
import { matchTerm } from './indexed-terms.ts';
import { decodeMessage, MESSAGE_COLUMNS, type MessageRow, roleNumber } from './message-codec.ts';
import { decodeSession, SESSION_COLUMNS, type SessionRow } from './session-codec.ts';
import { findLife } from './session-rows.ts';
import { findTenant, type TenantKey } from './tenants.ts';

/** SearchScan asks for the candidates of a query in a tenant. */
export interface SearchScan {
  tenant: string;
  query: SearchQuery;
}

interface Hit {
  session: number;
  sequence: number;
}

/** Finds candidates: those that hold the most distinct terms first, then the newest. */
export function scanSearch(connection: Connection, { tenant, query }: SearchScan): SearchCandidate[] {
  const known = findTenant(connection, tenant);
  if (known === null || query.terms.length === 0 || query.limit <= 0) return [];
  return connection.snapshot(() => {
    const sessions = new Map<number, SessionHeader>();
    const candidates: SearchCandidate[] = [];
    // Hidden messages are known from the headers only, so a page may hold less than is asked for.
    const pageSize = 2 * query.limit + 64;
    for (let offset = 0; ; offset += pageSize) {
      const hits = readHits(connection, known, query, pageSize, offset);
      for (const { session, sequence } of hits) {
        const header = readHeader(connection, known, sessions, session);
        if (!isVisible(header.hidden, sequence)) continue;
        const { sessionId, uid } = header;
        candidates.push({ sessionId, uid, message: readMessage(connection, session, sequence) });
        if (candidates.length === query.limit) return candidates;
      }
      if (hits.length < pageSize) return candidates;
    }
  });
}

function readHits(connection: Connection, tenant: TenantKey, query: SearchQuery, limit: number, offset: number): Hit[] {
  const { uid, userId, agentId } = query.scope;
  const range = uid === undefined ? null : rangeOf(connection, tenant, uid);
  if (range === undefined) return [];
  const terms = [...new Set(query.terms)];
  const within = range === null ? '' : 'AND rowid BETWEEN (? << 32) AND (? << 32) | 4294967295';
  const perTerm = terms.map(() => `SELECT rowid AS id FROM terms WHERE terms MATCH ? ${within}`).join(' UNION ALL ');
  const conditions = ['sessions.tenant = ? AND sessions.status > 0', '(messages.id & 4294967295) > sessions.floor'];
  const values: (string | number)[] = terms.flatMap((term) => [
    matchTerm(tenant, term),
    ...(range === null ? [] : [range, range]),
  ]);
  const where = (condition: string, ...bound: (string | number)[]) => {
    conditions.push(condition);
    values.push(...bound);
  };
  values.push(tenant.key);
  if (userId !== undefined) where('sessions.user_id = ?', userId);
  if (agentId !== undefined) where('sessions.agent_id = ?', agentId);
  if (query.fromAt !== undefined) where('messages.created_at >= ?', query.fromAt);
  if (query.toAt !== undefined) where('messages.created_at < ?', query.toAt);
  if (query.roles !== undefined) {
    where('messages.role IN (SELECT value FROM json_each(?))', JSON.stringify(query.roles.map(roleNumber)));
  }
  const sql = `WITH held AS (SELECT id, count(*) AS term_count FROM (${perTerm}) GROUP BY id)
    SELECT messages.id >> 32 AS session, messages.id & 4294967295 AS sequence
    FROM held CROSS JOIN sessions ON sessions.key = held.id >> 32 CROSS JOIN messages ON messages.id = held.id
    WHERE ${conditions.join(' AND ')}
    ORDER BY term_count DESC, messages.created_at DESC, sequence DESC LIMIT ? OFFSET ?`;
  return connection.all<Hit>(sql, ...values, limit, offset);
}

/** Returns the key whose messages are searched; undefined when the uid has no live session. */
function rangeOf(connection: Connection, tenant: TenantKey, uid: string): number | undefined {
  return findLife(connection, tenant, uid)?.key;
}

function readHeader(
  connection: Connection,
  tenant: TenantKey,
  known: Map<number, SessionHeader>,
  session: number,
): SessionHeader {
  const remembered = known.get(session);
  if (remembered !== undefined) return remembered;
  const sql = `SELECT ${SESSION_COLUMNS} FROM sessions WHERE key = ?`;
  const header = decodeSession(connection.path, tenant, connection.get<SessionRow>(sql, session)!);
  known.set(session, header);
  return header;
}

function readMessage(connection: Connection, session: number, sequence: number): StoredMessage {
  const sql = `SELECT ${MESSAGE_COLUMNS} FROM messages WHERE id = (? << 32) | ?`;
  return decodeMessage(connection.path, connection.get<MessageRow>(sql, session, sequence)!);
}
