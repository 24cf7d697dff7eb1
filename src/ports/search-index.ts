import type { Role, StoredMessage } from '../model/message.ts';

/** SearchScope bounds a search to a session, a user, an agent, or (all absent) the tenant. */
export interface SearchScope {
  uid?: string;
  userId?: string;
  agentId?: string;
}

/** SearchQuery asks for messages that hold any of the terms; times are commit times, `from` included, `to` excluded. */
export interface SearchQuery {
  terms: readonly string[];
  scope: SearchScope;
  roles?: readonly Role[];
  fromAt?: number;
  toAt?: number;
  /** Candidates holding the most distinct terms come first, then the newest. */
  limit: number;
}

/** SearchCandidate is a message to be ranked, with its session. */
export interface SearchCandidate {
  sessionId: string;
  uid: string;
  message: StoredMessage;
}

/** SearchIndex finds candidates by term; ranking is model/search's, so that every store answers alike. */
export interface SearchIndex {
  /** Finds candidates among messages that are not hidden in live sessions. */
  find(tenant: string, query: SearchQuery, signal?: AbortSignal): Promise<SearchCandidate[]>;
}
