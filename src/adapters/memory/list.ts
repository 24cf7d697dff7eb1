import type { SessionHeader } from '../../model/session.ts';
import type { SessionCursor, SessionFilter, SessionOrder } from '../../ports/session-store.ts';
import { compareText } from './compare-text.ts';
import type { Life } from './records.ts';

/** Tells whether a session has all that a filter asks for. */
export function matches({ header, details }: Life, filter: SessionFilter): boolean {
  return (
    isWanted(header.userId, filter.userId) &&
    isWanted(header.agentId, filter.agentId) &&
    isWanted(header.channel, filter.channel) &&
    isWanted(header.conversationKey, filter.conversationKey) &&
    isWantedStatus(header, filter) &&
    (filter.sessionIds?.includes(header.sessionId) ?? true) &&
    Object.entries(filter.labels ?? {}).every(([key, value]) => details.labels[key] === value) &&
    details.title.toLowerCase().includes((filter.titleQuery ?? '').toLowerCase()) &&
    isBetween(header.createdAt, filter.createdAfter, filter.createdBefore) &&
    isBetween(header.lastAccessAt, filter.accessedAfter, filter.accessedBefore)
  );
}

/** Compares two places in a list's order. */
export function compareSessions({ direction }: SessionOrder, one: SessionCursor, other: SessionCursor): number {
  const ascending = one.at - other.at || compareText(one.sessionId, other.sessionId);
  return direction === 'oldestFirst' ? ascending : -ascending;
}

function isWanted(value: string, wanted: string | undefined): boolean {
  return wanted === undefined || value === wanted;
}

function isWantedStatus({ status, dueAt }: SessionHeader, { statuses, orDueBefore }: SessionFilter): boolean {
  if (statuses === undefined || statuses.includes(status)) return true;
  return dueAt !== null && orDueBefore !== undefined && dueAt <= orDueBefore;
}

function isBetween(at: number, after: number | undefined, before: number | undefined): boolean {
  return (after === undefined || at > after) && (before === undefined || at < before);
}
