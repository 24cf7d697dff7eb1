import { checkAgentId } from '../model/checks/check-id.ts';
import { checkLabels } from '../model/checks/check-labels.ts';
import { pageSizeOf } from '../model/checks/check-number.ts';
import { checkName, checkText } from '../model/checks/check-text.ts';
import { invalidField, quoted } from '../model/checks/refusals.ts';
import { statusAt } from '../model/decide/status-at.ts';
import type { Limits } from '../model/limits.ts';
import { decodePageToken, encodePageToken, type PageScope } from '../model/page-token.ts';
import { digestContent } from '../model/request-digest.ts';
import type { SessionStatus } from '../model/session.ts';
import type { StoreTime } from '../model/store-time.ts';
import type { SessionCursor, SessionFilter, SessionOrder } from '../ports/session-store.ts';
import type { Caller } from './caller.ts';
import type { Engine } from './engine/engine.ts';
import { givenFilters } from './session-filter.ts';
import { type SessionView, viewSession } from './session-view.ts';
import { sessionViewBytes } from './session-view-bytes.ts';

/** ListInput asks for the sessions that match all filters given; empty text, no entries and null filter nothing. */
export interface ListInput {
  userId: string;
  agentId: string;
  channel: string;
  conversationKey: string;
  /** None = ACTIVE and DORMANT. */
  statuses: SessionStatus[];
  labels: Record<string, string>;
  titleQuery: string;
  /** Instants in ms; both kinds of bounds exclude. */
  createdAfter: number | null;
  createdBefore: number | null;
  accessedAfter: number | null;
  accessedBefore: number | null;
  /** `create_time` or `last_access_time`, then ` asc` or ` desc`; empty = `create_time desc`. */
  orderBy: string;
  /** 0 = the default. */
  pageSize: number;
  pageToken: string;
}

/** ListAnswer is one page; `watchToken` was taken before the read. */
export interface ListAnswer {
  sessions: SessionView[];
  /** Empty on the last page. */
  nextPageToken: string;
  watchToken: string;
}

/** Lists sessions as they are at this moment, marked so or not; pages are stable while sessions are added. No access. */
export async function list(engine: Engine, caller: Caller, input: ListInput): Promise<ListAnswer> {
  const pageSize = pageSizeOf(input.pageSize, engine.settings.limits);
  checkFilters(input, engine.settings.limits);
  const order = orderOf(input.orderBy);
  const pages = pageScope(engine, caller, input);
  const after = input.pageToken === '' ? null : (decodePageToken(pages, input.pageToken) as unknown as SessionCursor);
  const watchToken = await engine.events.token(caller.tenant, caller.signal);
  const { sessions, next } = await readPage(engine, caller, { input, order, after, pageSize });
  return { sessions, nextPageToken: next === null ? '' : encodePageToken(pages, { ...next }), watchToken };
}

function pageScope({ store }: Engine, { tenant }: Caller, input: ListInput): PageScope {
  const { pageSize, pageToken, ...query } = input;
  return { secret: store.tokenSecret, tenant, query: digestContent('List', query) };
}

function checkFilters(input: ListInput, limits: Limits): void {
  checkName('user_id', input.userId);
  checkAgentId('agent_id', input.agentId);
  checkName('channel', input.channel);
  checkName('conversation_key', input.conversationKey);
  checkLabels('labels', input.labels, limits);
  checkText('title_query', input.titleQuery, TITLE_QUERY_LENGTH_MAX);
}

const TITLE_QUERY_LENGTH_MAX = 256;

const ORDERS: Record<string, SessionOrder> = {
  '': { by: 'createdAt', direction: 'newestFirst' },
  create_time: { by: 'createdAt', direction: 'newestFirst' },
  'create_time desc': { by: 'createdAt', direction: 'newestFirst' },
  'create_time asc': { by: 'createdAt', direction: 'oldestFirst' },
  last_access_time: { by: 'lastAccessAt', direction: 'newestFirst' },
  'last_access_time desc': { by: 'lastAccessAt', direction: 'newestFirst' },
  'last_access_time asc': { by: 'lastAccessAt', direction: 'oldestFirst' },
};

function orderOf(orderBy: string): SessionOrder {
  const order = Object.hasOwn(ORDERS, orderBy) ? ORDERS[orderBy] : undefined;
  if (order === undefined)
    throw invalidField('order_by', `is ${quoted(orderBy)}`, 'send create_time or last_access_time, then asc or desc');
  return order;
}

interface PageRequest {
  input: ListInput;
  order: SessionOrder;
  after: SessionCursor | null;
  pageSize: number;
}

/** Whole sessions can be large: they are read in small batches. */
const BATCH_SIZE_MAX = 100;

/** Reads until the page is full by entries or bytes; `next` is its last session, null when none follows. */
async function readPage(
  engine: Engine,
  caller: Caller,
  { input, order, after, pageSize }: PageRequest,
): Promise<{ sessions: SessionView[]; next: SessionCursor | null }> {
  const time = engine.time();
  const statuses = input.statuses.length > 0 ? input.statuses : LIVE_STATUSES;
  const filter = filterOf(input, statuses, time);
  const sessions: SessionView[] = [];
  let bytes = 0;
  for (let cursor = after; ; ) {
    const batchSize = Math.min(pageSize - sessions.length + 1, BATCH_SIZE_MAX);
    const records = await engine.store.sessions.list(caller.tenant, filter, order, cursor, batchSize, caller.signal);
    for (const record of records) {
      if (statuses.includes(statusAt(record.header, time))) {
        const session = viewSession(record, time);
        bytes += sessionViewBytes(session);
        const isFull = sessions.length === pageSize || bytes > engine.settings.limits.answerBytesMax;
        if (isFull && sessions.length > 0) return { sessions, next: cursor };
        sessions.push(session);
      }
      cursor = { at: record.header[order.by], sessionId: record.header.sessionId };
    }
    if (records.length < batchSize) return { sessions, next: null };
  }
}

const LIVE_STATUSES: readonly SessionStatus[] = ['ACTIVE', 'DORMANT'];

function filterOf(input: ListInput, statuses: readonly SessionStatus[], time: StoreTime): SessionFilter {
  const { orderBy, pageSize, pageToken, ...filters } = input;
  return givenFilters({ ...filters, statuses, orDueBefore: time.now });
}
