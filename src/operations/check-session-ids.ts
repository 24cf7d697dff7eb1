import { checkSessionId } from '../model/checks/check-id.ts';
import { limitExceeded } from '../model/checks/refusals.ts';

/** How many sessions a request may name. */
const SESSION_IDS_MAX = 100;

/** Throws INVALID_FIELD or LIMIT_EXCEEDED unless a request names at most 100 sessions, each by an id. */
export function checkSessionIds(sessionIds: readonly string[]): void {
  if (sessionIds.length > SESSION_IDS_MAX)
    throw limitExceeded('session_ids', { name: 'session_ids', value: sessionIds.length, max: SESSION_IDS_MAX });
  for (const [index, sessionId] of sessionIds.entries()) checkSessionId(`session_ids[${index}]`, sessionId);
}
