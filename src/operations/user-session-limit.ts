import { statusAt } from '../model/decide/status-at.ts';
import type { SessionHeader } from '../model/session.ts';
import { SessionError } from '../model/session-error.ts';
import type { Caller } from './caller.ts';
import { conditionsOf } from './engine/call-conditions.ts';
import type { Engine } from './engine/engine.ts';
import type { SettledCall } from './engine/submission.ts';

/** Enough of a session to count it among its user's. */
type UserSession = Pick<SessionHeader, 'sessionId' | 'userId'>;

/** How many sessions above the limit one call can bring to an end. */
const SURPLUS_MAX = 20;

/**
 * Keeps a user within the limit after one more of its sessions came to life: the least recently used ones are ended.
 * Where the service is set to refuse, `giveBack` undoes the new one and the call is refused with USER_SESSION_LIMIT.
 */
export async function holdUserLimit(
  engine: Engine,
  caller: Caller,
  session: UserSession,
  giveBack: () => Promise<void> = async () => {},
): Promise<void> {
  if (engine.settings.limits.sessionsPerUserMax === 0 || session.userId === '') return;
  // Racing calls would each end or refuse the other's session.
  const key = JSON.stringify([caller.tenant, session.userId]);
  await engine.userTurns.take(key, () => holdInTurn(engine, caller, session, giveBack));
}

/** A session that has given way to another meanwhile is over, and asks for no room any more. */
async function holdInTurn(
  engine: Engine,
  caller: Caller,
  { sessionId, userId }: UserSession,
  giveBack: () => Promise<void>,
): Promise<void> {
  const { sessionsPerUserMax: max, sessionsPerUserPolicy } = engine.settings.limits;
  const live = await liveSessions(engine, caller, userId);
  if (live.length <= max || !live.includes(sessionId)) return;
  if (sessionsPerUserPolicy === 'END_OLDEST') {
    const others = live.filter((other) => other !== sessionId);
    await Promise.all(others.slice(max - 1).map((other) => endForLimit(engine, caller, other)));
    return;
  }
  await giveBack();
  throw userSessionLimit(userId, max);
}

/** Takes back a session that a call has just made and that has no room; one that was started over is ended again. */
export async function giveBackStarted(engine: Engine, caller: Caller, { before, header }: SettledCall): Promise<void> {
  const { tenant } = caller;
  const { sessionId } = header;
  if (before.header !== null && !before.header.isTombstone) return endForLimit(engine, caller, sessionId);
  const conditions = conditionsOf(engine, 'Delete', { requestId: '' });
  await engine.submit({ tenant, sessionId, call: { kind: 'delete', ...conditions, reason: 'USER_SESSION_LIMIT' } });
}

/** Throws USER_SESSION_LIMIT where the service is set to refuse and a user has no room for one more session. */
export async function requireUserRoom(engine: Engine, caller: Caller, session: UserSession): Promise<void> {
  const { sessionsPerUserMax: max, sessionsPerUserPolicy } = engine.settings.limits;
  if (max === 0 || session.userId === '' || sessionsPerUserPolicy === 'END_OLDEST') return;
  const live = await liveSessions(engine, caller, session.userId);
  const others = live.filter((other) => other !== session.sessionId);
  if (others.length >= max) throw userSessionLimit(session.userId, max);
}

/** Lists the user's ACTIVE and DORMANT sessions, the most recently used first; one that has lapsed is neither, marked so or not. */
async function liveSessions(engine: Engine, { tenant, signal }: Caller, userId: string): Promise<string[]> {
  const limit = engine.settings.limits.sessionsPerUserMax + SURPLUS_MAX;
  const order = { by: 'lastAccessAt', direction: 'newestFirst' } as const;
  const filter = { userId, statuses: ['ACTIVE', 'DORMANT'] } as const;
  const found = await engine.store.sessions.list(tenant, filter, order, null, limit, signal);
  const time = engine.time();
  const live = found.filter(({ header }) => statusAt(header, time) !== 'EXPIRED');
  return live.map(({ header }) => header.sessionId);
}

/** A session that is over or gone by now is what was wanted. */
async function endForLimit(engine: Engine, { tenant }: Caller, sessionId: string): Promise<void> {
  const conditions = conditionsOf(engine, 'End', { requestId: '' });
  try {
    await engine.submit({
      tenant,
      sessionId,
      call: {
        kind: 'end',
        ...conditions,
        outcome: 'COMPLETED',
        errorMessage: '',
        qualityScore: 0,
        metadata: { set: {}, remove: [] },
        reason: 'USER_SESSION_LIMIT',
      },
    });
  } catch (fault) {
    const isOver = fault instanceof SessionError && OVER.has(fault.reason);
    if (!isOver) throw fault;
  }
}

const OVER: ReadonlySet<string> = new Set(['SESSION_NOT_FOUND', 'SESSION_EXPIRED', 'SESSION_ENDED']);

function userSessionLimit(userId: string, max: number): SessionError {
  return new SessionError('USER_SESSION_LIMIT', `user ${userId} has ${max} sessions already; end one first`, {
    field: 'user_id',
    metadata: { limit: 'sessions_per_user', max: String(max) },
  });
}
