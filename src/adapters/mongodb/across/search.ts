import { isVisible } from '../../../model/hidden-ranges.ts';
import type { StoredMessage } from '../../../model/message.ts';
import type { SequenceRange } from '../../../model/session.ts';
import type { SearchCandidate, SearchIndex, SearchQuery } from '../../../ports/search-index.ts';
import type { MongoContext } from '../context.ts';
import type { Filter } from '../database/database.ts';
import type { MessageFields, SessionDocument } from '../database/documents.ts';
import { BodyMissing } from '../messages/bodies.ts';
import { messageId } from '../messages/message-id.ts';
import { type Life, MovedOn, readFields, resolveMessages } from '../messages/message-pages.ts';
import { decodeHeader } from '../sessions/session-codec.ts';
import { messagesIn, sessionsIn } from './session-scope.ts';

/** What of a session's document a search leaves out, and what the sessions of moved messages lack besides. */
const BULKY = { state: 0, summaries: 0, activity: 0, rids: 0, starts: 0, tools: 0, details: 0 } as const;

/** How many messages are read at once by their ids. */
const READ_AT_ONCE = 250;

/** Search is a query made ready: its distinct terms, in a tenant. */
interface Search {
  tenant: string;
  query: SearchQuery;
  terms: string[];
  signal: AbortSignal | undefined;
}

/** SearchedSession is a session with what of its messages is out of sight. */
interface SearchedSession {
  document: SessionDocument;
  hidden: readonly SequenceRange[];
}

interface Hit {
  session: SearchedSession;
  n: number;
  at: number;
  termCount: number;
  /** Absent where they are still to be read from `messages`. */
  fields?: MessageFields;
}

/**
 * MongoSearchIndex finds candidates by the terms that lie with each message: in `messages` by their index, and in the
 * tails of sessions that were not moved on yet. No text index takes part: it would cut and stem words in its own way.
 */
export class MongoSearchIndex implements SearchIndex {
  readonly #context: MongoContext;

  constructor(context: MongoContext) {
    this.#context = context;
  }

  async find(tenant: string, query: SearchQuery, signal?: AbortSignal): Promise<SearchCandidate[]> {
    signal?.throwIfAborted();
    const search = { tenant, query, terms: [...new Set(query.terms)], signal };
    if (search.terms.length === 0 || query.limit <= 0) return [];
    // In this order: what is moved on meanwhile is found twice rather than never.
    const recent = await this.#findInTails(search);
    const older = await this.#findInMessages(search);
    const best = bestOf(withoutDoubles([...recent, ...older]), query.limit);
    return this.#candidates(best, signal);
  }

  async #findInTails(search: Search): Promise<Hit[]> {
    const { tenant, query, terms, signal } = search;
    const filter = {
      ...sessionsIn(tenant, query.scope),
      ...(query.scope.uid === undefined && { moveAt: { $exists: true } }),
      $or: [{ 'tail.terms': { $in: terms } }, { 'tail.staged': { $exists: true } }],
    };
    let hits: Hit[] = [];
    for await (const document of this.#context.collections.sessions.scan(filter, { projection: BULKY, signal })) {
      hits.push(...(await this.#findInTail(search, document)));
      if (hits.length > 4 * query.limit) hits = bestOf(hits, query.limit);
    }
    return hits;
  }

  async #findInTail({ query, terms, signal }: Search, document: SessionDocument): Promise<Hit[]> {
    const session = searchedSession(document);
    const span = { afterSequence: document.moved, beforeSequence: 0, limit: Number.MAX_SAFE_INTEGER } as const;
    const wanted = new Set(terms);
    const hits: Hit[] = [];
    try {
      for await (const fields of readFields(
        { context: this.#context, document, signal },
        { ...span, from: 'oldest' },
      )) {
        const termCount = fields.terms.filter((term) => wanted.has(term)).length;
        if (termCount === 0 || !isAskedFor(query, fields) || !isInSight(session, fields.n)) continue;
        hits.push({ session, n: fields.n, at: fields.at, termCount, fields });
      }
    } catch (error) {
      if (!(error instanceof MovedOn)) throw error;
      // A move copies all that the tail had: it is in `messages`.
      return [];
    }
    return hits;
  }

  async #findInMessages(search: Search): Promise<Hit[]> {
    const { tenant, query, signal } = search;
    const scope = await messagesIn(this.#context, tenant, query.scope, signal);
    if (scope === null) return [];
    const sessions = new Map<string, SearchedSession | null>();
    const hits: Hit[] = [];
    // Who is out of scope or sight is known from the sessions only, so a page may hold less than is asked for.
    let skip = 0;
    let pageSize = 2 * query.limit + 64;
    for (;;) {
      const found = await this.#readPage(search, scope, { skip, pageSize });
      await this.#learn(search, sessions, new Set(found.map(({ uid }) => uid)));
      for (const { uid, n, at, termCount } of found) {
        const session = sessions.get(uid) ?? null;
        if (session !== null && isInSight(session, n)) hits.push({ session, n, at, termCount });
      }
      if (hits.length >= query.limit || found.length < pageSize) return hits.slice(0, query.limit);
      skip += pageSize;
      // Each page ranks everything anew: they grow, so that there are few.
      pageSize *= 4;
    }
  }

  #readPage(
    { query, terms, signal }: Search,
    scope: Filter,
    { skip, pageSize }: { skip: number; pageSize: number },
  ): Promise<{ uid: string; n: number; at: number; termCount: number }[]> {
    const termCount = { $size: { $setIntersection: ['$terms', { $literal: terms }] } };
    return this.#context.collections.messages.aggregate(
      [
        { $match: { ...scope, ...conditionsOf(query), terms: { $in: terms } } },
        { $project: { _id: 0, uid: 1, n: 1, at: 1, termCount } },
        { $sort: { termCount: -1, at: -1, n: -1, uid: 1 } },
        { $skip: skip },
        { $limit: pageSize },
      ],
      { ...(signal !== undefined && { signal }) },
    );
  }

  /** Reads the sessions that are not known yet; null stands for those that are gone or out of scope. */
  async #learn(
    { tenant, query, signal }: Search,
    sessions: Map<string, SearchedSession | null>,
    uids: ReadonlySet<string>,
  ): Promise<void> {
    const unknown = [...uids].filter((uid) => !sessions.has(uid));
    if (unknown.length === 0) return;
    for (const uid of unknown) sessions.set(uid, null);
    const { uid: _, ...scope } = query.scope;
    const filter = { ...sessionsIn(tenant, scope), uid: { $in: unknown } };
    const found = await this.#context.collections.sessions.find(filter, { projection: { ...BULKY, tail: 0 }, signal });
    for (const document of found) sessions.set(document.uid, searchedSession({ ...document, tail: [] }));
  }

  /** Reads what is missing of the hits and turns them into candidates, in their order. */
  async #candidates(hits: readonly Hit[], signal: AbortSignal | undefined): Promise<SearchCandidate[]> {
    const fields = await this.#readFields(hits, signal);
    const messages = new Map<string, StoredMessage>();
    for (const [{ document }, own] of bySession(hits)) {
      const found = own.map((hit) => hit.fields ?? fields.get(keyOf(hit))).filter((each) => each !== undefined);
      const resolved = await this.#resolve({ context: this.#context, document, signal }, found);
      for (const message of resolved) messages.set(messageId(document.uid, message.sequence), message);
    }
    return hits.flatMap((hit) => {
      const message = messages.get(keyOf(hit));
      const { sid: sessionId, uid } = hit.session.document;
      return message === undefined ? [] : [{ sessionId, uid, message }];
    });
  }

  /** Resolves messages; none of a session that was purged since it was found. */
  async #resolve(life: Life, found: readonly MessageFields[]): Promise<StoredMessage[]> {
    try {
      return await resolveMessages(life, found);
    } catch (error) {
      const { _id, uid } = life.document;
      const living = { _id, uid, tomb: { $exists: false } };
      if (!(error instanceof BodyMissing) || (await this.#context.collections.sessions.count(living)) > 0) throw error;
      return [];
    }
  }

  async #readFields(hits: readonly Hit[], signal: AbortSignal | undefined): Promise<Map<string, MessageFields>> {
    const ids = hits.filter(({ fields }) => fields === undefined).map(keyOf);
    const read = new Map<string, MessageFields>();
    for (let first = 0; first < ids.length; first += READ_AT_ONCE) {
      const filter = { _id: { $in: ids.slice(first, first + READ_AT_ONCE) } };
      const found = await this.#context.collections.messages.find(filter, { projection: { terms: 0 }, signal });
      for (const document of found) read.set(document._id, document);
    }
    return read;
  }
}

function searchedSession(document: SessionDocument): SearchedSession {
  return { document, hidden: decodeHeader(document).hidden };
}

function isInSight({ document, hidden }: SearchedSession, n: number): boolean {
  return n > (document.floor ?? 0) && isVisible(hidden, n);
}

function isAskedFor(
  { roles, fromAt = Number.NEGATIVE_INFINITY, toAt = Number.POSITIVE_INFINITY }: SearchQuery,
  { role, at }: MessageFields,
): boolean {
  return (roles?.includes(role) ?? true) && at >= fromAt && at < toAt;
}

function conditionsOf({ roles, fromAt, toAt }: SearchQuery): Filter {
  const at = { ...(fromAt !== undefined && { $gte: fromAt }), ...(toAt !== undefined && { $lt: toAt }) };
  return {
    ...(roles !== undefined && { role: { $in: [...roles] } }),
    ...(Object.keys(at).length > 0 && { at }),
  };
}

function keyOf({ session, n }: Pick<Hit, 'session' | 'n'>): string {
  return messageId(session.document.uid, n);
}

function withoutDoubles(hits: readonly Hit[]): Hit[] {
  return [...new Map(hits.toReversed().map((hit) => [keyOf(hit), hit])).values()];
}

/** The most terms first, then the newest; of those alike, always in the same order. */
function bestOf(hits: readonly Hit[], limit: number): Hit[] {
  return hits.toSorted(compareHits).slice(0, limit);
}

function compareHits(one: Hit, other: Hit): number {
  return (
    other.termCount - one.termCount || other.at - one.at || other.n - one.n || (keyOf(one) < keyOf(other) ? -1 : 1)
  );
}

function bySession(hits: readonly Hit[]): Map<SearchedSession, Hit[]> {
  return Map.groupBy(hits, ({ session }) => session);
}
