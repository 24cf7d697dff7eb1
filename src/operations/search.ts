import { checkAgentId, checkSessionId } from '../model/checks/check-id.ts';
import { pageSizeOf } from '../model/checks/check-number.ts';
import { checkName, checkPresent, checkText } from '../model/checks/check-text.ts';
import { invalidField } from '../model/checks/refusals.ts';
import { notFound } from '../model/decide/refusals.ts';
import type { Role } from '../model/message.ts';
import { decodePageToken, encodePageToken, type PageScope } from '../model/page-token.ts';
import { digestContent } from '../model/request-digest.ts';
import { type Mark, snippetOf } from '../model/search/snippet.ts';
import { wordsOf } from '../model/search/terms.ts';
import { takeWithin } from '../model/take-within.ts';
import type { SearchCandidate, SearchQuery, SearchScope } from '../ports/search-index.ts';
import type { Caller } from './caller.ts';
import type { Engine } from './engine/engine.ts';
import { type RankedCandidate, rankCandidates } from './rank-candidates.ts';

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

/** Only so many messages are ranked for a query: those with the most of its words, then the newest. */
const CANDIDATES_MAX = 1000;

/** Finds messages by their words, best first, then newest. Hidden messages are out of sight; no access. */
export async function search(engine: Engine, caller: Caller, input: SearchInput): Promise<SearchAnswer> {
  const pageSize = pageSizeOf(input.pageSize, engine.settings.limits);
  const words = queryWords(input.query);
  checkScope(input);
  const pages = pageScope(engine, caller, input);
  const start = input.pageToken === '' ? null : (decodePageToken(pages, input.pageToken) as unknown as PageStart);
  const candidates = await findCandidates(engine, caller, input, { terms: [...words.keys()], asOf: start?.asOf });
  const ranked = await rankCandidates(engine, candidates, new Set(words.keys()));
  const first = start?.skip ?? 0;
  const wanted = ranked.slice(first, first + pageSize).map((candidate) => hitOf(candidate, words));
  const hits = takeWithin(wanted, engine.settings.limits.answerBytesMax, hitBytes);
  const asOf = start?.asOf ?? 1 + newestOf(candidates, engine.time().now);
  const skip = first + hits.length;
  return { hits, nextPageToken: skip < ranked.length ? encodePageToken(pages, { asOf, skip }) : '' };
}

/** Where a page begins: after `skip` hits among what was stored before `asOf`, which was all when the first was read. */
type PageStart = { asOf: number; skip: number };

const QUERY_LENGTH_MAX = 1000;

/** What more a query says is not looked for. */
const QUERY_TERMS_MAX = 100;

/** Returns the query's terms, each with the word that it comes from, as typed. */
function queryWords(query: string): Map<string, string> {
  checkPresent('query', query);
  checkText('query', query, QUERY_LENGTH_MAX);
  const words = new Map<string, string>();
  for (const { term, from, to } of wordsOf(query)) {
    if (words.size < QUERY_TERMS_MAX && !words.has(term)) words.set(term, query.slice(from, to));
  }
  if (words.size === 0) throw invalidField('query', 'has no letters or digits', 'send the words to look for');
  return words;
}

function checkScope({ scope, startAt, endAt }: SearchInput): void {
  if (scope.kind === 'session') checkSessionId('session_id', scope.id);
  if (scope.kind === 'user' || scope.kind === 'agent') checkPresent(`${scope.kind}_id`, scope.id);
  if (scope.kind === 'user') checkName('user_id', scope.id);
  if (scope.kind === 'agent') checkAgentId('agent_id', scope.id);
  if (startAt !== null && endAt !== null && startAt > endAt)
    throw invalidField('start_time', 'is after end_time', 'swap them');
}

function pageScope({ store }: Engine, { tenant }: Caller, input: SearchInput): PageScope {
  const { query, scope, roles, startAt, endAt } = input;
  return {
    secret: store.tokenSecret,
    tenant,
    query: digestContent('Search', { query, scope, roles, startAt, endAt }),
  };
}

async function findCandidates(
  engine: Engine,
  caller: Caller,
  { scope, roles, startAt, endAt }: SearchInput,
  { terms, asOf = Number.MAX_SAFE_INTEGER }: { terms: string[]; asOf: number | undefined },
): Promise<SearchCandidate[]> {
  const query: SearchQuery = {
    terms,
    scope: await searchScope(engine, caller, scope),
    toAt: Math.min(asOf, endAt ?? asOf),
    limit: CANDIDATES_MAX,
  };
  if (roles.length > 0) query.roles = roles;
  if (startAt !== null) query.fromAt = startAt;
  return engine.store.search.find(caller.tenant, query, caller.signal);
}

async function searchScope(engine: Engine, caller: Caller, scope: SearchInput['scope']): Promise<SearchScope> {
  switch (scope.kind) {
    case 'tenant':
      return {};
    case 'user':
      return { userId: scope.id };
    case 'agent':
      return { agentId: scope.id };
    case 'session': {
      const { header } = await engine.store.sessions.load(caller.tenant, scope.id, {}, { signal: caller.signal });
      if (header === null || header.isTombstone) throw notFound(scope.id);
      return { uid: header.uid };
    }
  }
}

function newestOf(candidates: readonly SearchCandidate[], now: number): number {
  return candidates.reduce((newest, { message }) => Math.max(newest, message.createdAt), now);
}

function hitOf({ candidate, text, counts, score }: RankedCandidate, words: Map<string, string>): SearchHit {
  const { sessionId, message } = candidate;
  return {
    sessionId,
    sequence: message.sequence,
    ...snippetOf(text(), new Set(words.keys())),
    score,
    why: [...words].flatMap(([term, word]) => (counts.has(term) ? [word] : [])),
    role: message.role,
    createdAt: message.createdAt,
  };
}

const FIXED_BYTES = 512;
const MARK_BYTES = 32;

/** An upper estimate, as protobuf and as JSON. */
function hitBytes({ snippet, marks, why }: SearchHit): number {
  return FIXED_BYTES + Buffer.byteLength(JSON.stringify([snippet, why])) + marks.length * MARK_BYTES;
}
