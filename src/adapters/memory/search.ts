import { isVisible } from '../../model/hidden-ranges.ts';
import type { SearchCandidate, SearchIndex, SearchQuery, SearchScope } from '../../ports/search-index.ts';
import { copyStored } from './messages.ts';
import type { Life, MemoryRecords } from './records.ts';

/** MemorySearchIndex finds candidates by looking at every message in scope. */
export class MemorySearchIndex implements SearchIndex {
  readonly #records: MemoryRecords;

  constructor(records: MemoryRecords) {
    this.#records = records;
  }

  async find(tenant: string, query: SearchQuery, signal?: AbortSignal): Promise<SearchCandidate[]> {
    this.#records.enter(signal);
    return [...this.#records.of(tenant).livesByUid.values()]
      .filter((life) => isInScope(life, query.scope))
      .flatMap((life) => hitsIn(life, query))
      .sort((one, other) => other.termCount - one.termCount || compareNewest(one.candidate, other.candidate))
      .slice(0, query.limit)
      .map(({ candidate }) => candidate);
  }
}

function isInScope({ header }: Life, { uid, userId, agentId }: SearchScope): boolean {
  return (
    (uid === undefined || header.uid === uid) &&
    (userId === undefined || header.userId === userId) &&
    (agentId === undefined || header.agentId === agentId)
  );
}

function hitsIn({ header, messages }: Life, query: SearchQuery): { candidate: SearchCandidate; termCount: number }[] {
  const { roles, fromAt = Number.NEGATIVE_INFINITY, toAt = Number.POSITIVE_INFINITY } = query;
  const wanted = [...new Set(query.terms)];
  return messages
    .filter(({ sequence }) => isVisible(header.hidden, sequence))
    .filter(({ role, createdAt }) => (roles?.includes(role) ?? true) && createdAt >= fromAt && createdAt < toAt)
    .map((message) => ({
      candidate: { sessionId: header.sessionId, uid: header.uid, message: copyStored(message) },
      termCount: wanted.filter((term) => message.terms.includes(term)).length,
    }))
    .filter(({ termCount }) => termCount > 0);
}

function compareNewest({ message: one }: SearchCandidate, { message: other }: SearchCandidate): number {
  return other.createdAt - one.createdAt || other.sequence - one.sequence;
}
