import type { MongoContext } from '../context.ts';
import type { Filter } from '../database/database.ts';
import type { SessionDocument } from '../database/documents.ts';
import { childRange } from '../messages/message-id.ts';

/** LIVE is the filter of sessions that are no tombstones. */
export const LIVE = { tomb: { $exists: false } } as const;

/** Scope bounds a search or a statistic; all absent = the tenant. */
export interface Scope {
  uid?: string;
  sessionId?: string;
  userId?: string;
  agentId?: string;
}

/** Up to so many sessions, their messages are looked for by uid; else all of the tenant's, and what is out of scope is left out. */
const SESSIONS_MAX = 256;

/** Returns the filter of a tenant's live sessions in scope. */
export function sessionsIn(tenant: string, { uid, sessionId, userId, agentId }: Scope): Filter {
  return {
    t: tenant,
    ...LIVE,
    ...(uid !== undefined && { uid }),
    ...(sessionId !== undefined && { _id: `${tenant}/${sessionId}` }),
    // An absent field stands for an empty id.
    ...(userId !== undefined && { user: userId === '' ? { $exists: false } : userId }),
    ...(agentId !== undefined && { agent: agentId === '' ? { $exists: false } : agentId }),
  };
}

/** Returns the filter of the messages in scope, wider where a user or agent has many sessions; null = there are none. */
export async function messagesIn(
  { collections }: MongoContext,
  tenant: string,
  scope: Scope,
  signal?: AbortSignal,
): Promise<Filter | null> {
  const tenantWide = { t: tenant, gcAt: { $exists: false } };
  if (scope.uid !== undefined) return { ...tenantWide, _id: childRange(scope.uid) };
  if (scope.userId === undefined && scope.agentId === undefined) return tenantWide;
  const options = { projection: { uid: 1 }, limit: SESSIONS_MAX + 1, signal };
  const sessions: Pick<SessionDocument, 'uid'>[] = await collections.sessions.find(sessionsIn(tenant, scope), options);
  if (sessions.length === 0) return null;
  if (sessions.length > SESSIONS_MAX) return tenantWide;
  return { ...tenantWide, $or: sessions.map(({ uid }) => ({ _id: childRange(uid) })) };
}
