import type { Role } from '../model/message.ts';
import type { Mark } from '../model/search/snippet.ts';

/** SearchInput asks for messages that match a query; no entries and null filter nothing. */
export interface SearchInput {
  query: string;
  scope: { kind: 'session' | 'user' | 'agent'; id: string } | { kind: 'tenant' };
  roles: Role[];
  /** When the message was stored, ms: included. */
  startAt: number | null;
  /** Excluded. */
  endAt: number | null;
  /** 0 = the default. */
  pageSize: number;
  pageToken: string;
}

/** SearchAnswer is one page, best first. */
export interface SearchAnswer {
  hits: SearchHit[];
  /** Empty on the last page. */
  nextPageToken: string;
}

/** SearchHit is a message that matches; `why` holds the query's words that it has. */
export interface SearchHit {
  sessionId: string;
  sequence: number;
  snippet: string;
  marks: Mark[];
  score: number;
  why: string[];
  role: Role;
  createdAt: number;
}
