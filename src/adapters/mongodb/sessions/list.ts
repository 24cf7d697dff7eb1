import type { SessionRecord } from '../../../model/session.ts';
import type { SessionCursor, SessionFilter, SessionOrder } from '../../../ports/session-store.ts';
import type { MongoContext } from '../context.ts';
import type { Filter } from '../database/database.ts';
import type { SessionDocument } from '../database/documents.ts';
import { decodeDetails, encodeLabel } from './part-codec.ts';
import { decodeHeader, documentIdOf, HEADER_FIELDS } from './session-codec.ts';

/** ListQuery asks for one page of a list. */
export interface ListQuery {
  tenant: string;
  filter: SessionFilter;
  order: SessionOrder;
  after: SessionCursor | null;
  limit: number;
}

const RECORD_FIELDS = Object.fromEntries([...HEADER_FIELDS, 'details', 'state'].map((field) => [field, 1]));

/** Reads a page of a list by one query; ids are compared by their bytes, as MongoDB does without a collation. */
export async function listSessions(
  context: MongoContext,
  query: ListQuery,
  signal?: AbortSignal,
): Promise<SessionRecord[]> {
  signal?.throwIfAborted();
  const { order, limit } = query;
  if (limit <= 0) return [];
  const direction = order.direction === 'newestFirst' ? -1 : 1;
  const documents = await context.collections.sessions.find(filterOf(query), {
    projection: RECORD_FIELDS,
    sort: { [TIME_FIELDS[order.by]]: direction, sid: direction },
    limit,
    signal,
  });
  return Promise.all(documents.map((document) => decodeRecord(context, document, signal)));
}

const TIME_FIELDS = { createdAt: 'createdAt', lastAccessAt: 'lastAt' } as const;

async function decodeRecord(
  context: MongoContext,
  document: SessionDocument,
  signal?: AbortSignal,
): Promise<SessionRecord> {
  const { uid, details, state } = document;
  return {
    header: decodeHeader(document),
    details: await decodeDetails(context, uid, details, signal),
    state: JSON.parse(state),
  };
}

function filterOf({ tenant, filter, order, after }: ListQuery): Filter {
  const { userId, agentId, channel, conversationKey, sessionIds } = filter;
  const conditions = [
    ...statusConditions(filter),
    ...titleConditions(filter),
    ...(after === null ? [] : [cursorCondition(order, after)]),
  ];
  return {
    t: tenant,
    tomb: { $exists: false },
    ...(sessionIds !== undefined && { _id: { $in: sessionIds.map((id) => documentIdOf(tenant, id)) } }),
    ...identityCondition('user', userId),
    ...identityCondition('agent', agentId),
    ...identityCondition('channel', channel),
    ...identityCondition('ckey', conversationKey),
    ...labelCondition(filter),
    ...between('createdAt', filter.createdAfter, filter.createdBefore),
    ...between('lastAt', filter.accessedAfter, filter.accessedBefore),
    ...(conditions.length > 0 && { $and: conditions }),
  };
}

/** Empty text is absent. */
function identityCondition(field: string, wanted: string | undefined): Filter {
  if (wanted === undefined) return {};
  return { [field]: wanted === '' ? { $exists: false } : wanted };
}

function labelCondition({ labels = {} }: SessionFilter): Filter {
  const wanted = Object.entries(labels).map(([key, value]) => encodeLabel(key, value));
  return wanted.length === 0 ? {} : { 'details.labels': { $all: wanted } };
}

function between(field: string, after: number | undefined, before: number | undefined): Filter {
  if (after === undefined && before === undefined) return {};
  return { [field]: { ...(after !== undefined && { $gt: after }), ...(before !== undefined && { $lt: before }) } };
}

function statusConditions({ statuses, orDueBefore }: SessionFilter): Filter[] {
  if (statuses === undefined) return [];
  const hasStatus = { status: { $in: [...statuses] } };
  return [orDueBefore === undefined ? hasStatus : { $or: [hasStatus, { dueAt: { $lte: orDueBefore } }] }];
}

/** Lower case is this process', so that all stores find alike. */
function titleConditions({ titleQuery = '' }: SessionFilter): Filter[] {
  if (titleQuery === '') return [];
  const $regex = titleQuery.toLowerCase().replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  return [
    { $or: [{ 'details.lower': { $regex } }, { 'details.lower': { $exists: false }, 'details.title': { $regex } }] },
  ];
}

/** The bound beside the choice lets the server begin at the cursor instead of passing all that is before it. */
function cursorCondition({ by, direction }: SessionOrder, { at, sessionId }: SessionCursor): Filter {
  const field = TIME_FIELDS[by];
  const beyond = direction === 'newestFirst' ? '$lt' : '$gt';
  const within = { [field]: { [`${beyond}e`]: at } };
  return { ...within, $or: [{ [field]: { [beyond]: at } }, { sid: { [beyond]: sessionId } }] };
}
