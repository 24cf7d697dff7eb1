import type { SessionCursor, SessionFilter, SessionOrder } from '../../ports/session-store.ts';
import type { Life } from './records.ts';

/** Tells whether a session has all that a filter asks for. */
export function matches({ header, details }: Life, filter: SessionFilter): boolean {
  return (
    isWanted(header.userId, filter.userId) &&
    isWanted(header.agentId, filter.agentId) &&
    isWanted(header.channel, filter.channel) &&
    isWanted(header.conversationKey, filter.conversationKey) &&
    (filter.statuses?.includes(header.status) ?? true) &&
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

/** Compares ids by their bytes: they are ASCII. */
export function compareText(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

function isWanted(value: string, wanted: string | undefined): boolean {
  return wanted === undefined || value === wanted;
}

function isBetween(at: number, after: number | undefined, before: number | undefined): boolean {
  return (after === undefined || at > after) && (before === undefined || at < before);
}
