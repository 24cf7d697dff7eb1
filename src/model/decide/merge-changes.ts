import type { Changes } from '../basis.ts';
import type { Decision } from '../call.ts';
import { areRequestIdsBounded } from './request-memory.ts';

/** How many events one commit can push. */
const EVENTS_PER_COMMIT_MAX = 4;

/** Joins what two calls of a group change, the second decided on what the first left, into one commit; null changes nothing. */
export function mergeChanges(first: Changes | null, second: Changes | null): Changes | null {
  if (first === null || second === null) return second ?? first;
  return {
    header: second.header,
    isSlide: first.isSlide && second.isSlide,
    messages: [...first.messages, ...second.messages],
    details: second.details ?? first.details,
    state: second.state ?? first.state,
    summaries: second.summaries ?? first.summaries,
    activity: second.activity ?? first.activity,
    recorded: [...first.recorded, ...second.recorded],
    forgetThrough: Math.max(first.forgetThrough, second.forgetThrough),
    toolCalls: [...mapById([...first.toolCalls, ...second.toolCalls]).values()],
    tokenCounts: [...first.tokenCounts, ...second.tokenCounts],
    claims: union(without(first.claims, second.released), second.claims),
    released: union(without(first.released, second.claims), second.released),
    discardThrough: Math.max(first.discardThrough, second.discardThrough),
  };
}

/**
 * Tells whether a decision can join the commit of those before it in its group: one commit writes one life of a
 * session, pushes at most four events, and forgets no more request ids than it saw. If not, the group ends before it.
 */
export function canJoinCommit(before: Pick<Decision, 'changes' | 'events'>, next: Decision): boolean {
  if (before.events.length + next.events.length > EVENTS_PER_COMMIT_MAX) return false;
  if (before.changes === null || next.changes === null) return true;
  const isSameLife = before.changes.header.uid === next.changes.header.uid && !next.changes.header.isTombstone;
  return isSameLife && areRequestIdsBounded(before.changes, next.changes);
}

function mapById(calls: Changes['toolCalls']): Map<string, Changes['toolCalls'][number]> {
  return new Map(calls.map((call) => [call.callId, call]));
}

function without(keys: readonly string[], others: readonly string[]): string[] {
  return keys.filter((key) => !others.includes(key));
}

function union(keys: readonly string[], others: readonly string[]): string[] {
  return [...new Set([...keys, ...others])];
}
