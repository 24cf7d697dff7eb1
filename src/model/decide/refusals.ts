import type { SessionHeader } from '../session.ts';
import { SessionError } from '../session-error.ts';

/** Refuses a session that is not there, was purged, or is another user's: all alike. */
export function notFound(sessionId: string): SessionError {
  return new SessionError('SESSION_NOT_FOUND', `session ${sessionId} does not exist, make it with Start`, {
    field: 'session_id',
    resource: { type: 'session', name: sessionId },
  });
}

/** Tells whether a session was refused as notFound does. */
export function isNotFound(fault: unknown): boolean {
  return fault instanceof SessionError && fault.reason === 'SESSION_NOT_FOUND';
}

/** Refuses a cut at a message or turn that the session does not show. */
export function messageNotFound(sessionId: string): SessionError {
  return new SessionError(
    'MESSAGE_NOT_FOUND',
    `session ${sessionId} shows no such message or turn, list its messages`,
    {
      resource: { type: 'session', name: sessionId },
    },
  );
}

/** Refuses an access to a session that is over, with the time and the cause. */
export function sessionOver(header: SessionHeader): SessionError {
  const { sessionId, status, endedAt, endReason, outcome } = header;
  const time = new Date(endedAt ?? 0).toISOString();
  const metadata: Record<string, string> = { time, cause: endReason ?? 'CALLER' };
  if (outcome !== null) metadata.outcome = outcome;
  const resource = { type: 'session', name: sessionId };
  if (status === 'EXPIRED') {
    const remedy = 'read it with peek, or start it again with if_exists RESTART';
    return new SessionError('SESSION_EXPIRED', `session ${sessionId} expired at ${time}, ${remedy}`, {
      metadata,
      resource,
    });
  }
  const remedy = 'read it with peek, or resume it with reopen';
  return new SessionError('SESSION_ENDED', `session ${sessionId} ended at ${time}, ${remedy}`, { metadata, resource });
}

/** Refuses a Start that must make a session whose id or conversation is taken; the holder is in the metadata. */
export function sessionExists(sessionId: string): SessionError {
  return new SessionError('SESSION_EXISTS', `session ${sessionId} exists already, set if_exists to use it`, {
    metadata: { session_id: sessionId },
    resource: { type: 'session', name: sessionId },
  });
}

/** Refuses a conditional call whose version is not the session's. */
export function versionMismatch(expected: number, current: number): SessionError {
  return new SessionError(
    'VERSION_MISMATCH',
    `expected_version is ${expected} but the session is at version ${current}, read it again and repeat the change`,
    { field: 'expected_version', metadata: { current_version: String(current) } },
  );
}

/** What a session may hold and what it would come to. */
export interface Excess {
  limit: string;
  field: string;
  value: number;
  max: number;
  remedy: string;
}

/** Refuses what would make a session larger than it may be. */
export function limitExceeded({ limit, field, value, max, remedy }: Excess): SessionError {
  return new SessionError('LIMIT_EXCEEDED', `${field} comes to ${value} but ${limit} is at most ${max}, ${remedy}`, {
    field,
    metadata: { limit, value: String(value), max: String(max) },
  });
}
