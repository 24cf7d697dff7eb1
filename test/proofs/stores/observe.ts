import { digestRequestId } from '../../../src/model/request-digest.ts';
import type { SessionRecord } from '../../../src/model/session.ts';
import type { SessionCursor, SessionFilter, SessionOrder } from '../../../src/ports/session-store.ts';
import type { SessionSample } from '../../../src/ports/statistics-store.ts';
import type { Store } from '../../../src/ports/store.ts';
import { NAMES } from './commands.ts';

/** Reads all that a store shows of the tenants and sessions that commands play with, in a form that can be compared. */
export async function observe(store: Store, now: number): Promise<Record<string, unknown>> {
  const seen: Record<string, unknown> = {
    due: await store.sessions.findDue(now, 100, null),
    dueLater: await store.sessions.findDue(Number.MAX_SAFE_INTEGER, 3, null),
    backlog: await store.sessions.countDue(now),
    census: (await store.statistics.census()).toSorted((one, other) => (one.status < other.status ? -1 : 1)),
  };
  for (const tenant of NAMES.tenants) {
    for (const sessionId of NAMES.sessions)
      seen[`${tenant} ${sessionId}`] = await observeSession(store, tenant, sessionId);
    seen[`${tenant} lists`] = await observeLists(store, tenant, now);
    seen[`${tenant} search`] = await observeSearch(store, tenant);
    seen[`${tenant} statistics`] = await observeStatistics(store, tenant, now);
    seen[`${tenant} log`] = [await store.events.bounds(tenant), await store.events.read(tenant, 0, 1000)];
    seen[`${tenant} agents`] = await store.agents.list(tenant, '', 9);
  }
  return seen;
}

async function observeSession(store: Store, tenant: string, sessionId: string): Promise<unknown> {
  const basis = await store.sessions.load(tenant, sessionId, {
    ...{ details: true, state: true, summaries: true, activity: true },
    requestIds: NAMES.requestIds.map(digestRequestId),
    toolCallIds: NAMES.callIds,
    claims: NAMES.claims,
  });
  const uid = basis.header?.uid ?? 'none';
  const whole = { afterSequence: 0, beforeSequence: 0, from: 'oldest', limit: 1000 } as const;
  return {
    ...basis,
    recorded: entriesOf(basis.recorded),
    toolCalls: entriesOf(basis.toolCalls),
    claims: entriesOf(basis.claims),
    messages: await store.messages.read(tenant, uid, whole),
    newest: await store.messages.read(tenant, uid, {
      ...whole,
      from: 'newest',
      beforeSequence: 6,
      limit: 3,
      bytesMax: 12,
    }),
    delta: await store.messages.read(tenant, uid, { ...whole, afterSequence: 2, limit: 4 }),
    byId: await store.messages.findById(tenant, uid, ['m5', 'm8', 'unknown']),
    turn: await store.messages.findTurn(tenant, uid, 't1', 2),
  };
}

async function observeLists(store: Store, tenant: string, now: number): Promise<unknown> {
  const filters: SessionFilter[] = [
    {},
    { userId: 'u' },
    { statuses: ['ACTIVE'] },
    { statuses: ['ENDED', 'EXPIRED'], orDueBefore: now },
    { labels: { user: 'v' }, titleQuery: 'TITLE' },
    { accessedAfter: now - 60_000, createdBefore: now },
  ];
  const orders: SessionOrder[] = [
    { by: 'createdAt', direction: 'newestFirst' },
    { by: 'lastAccessAt', direction: 'oldestFirst' },
  ];
  const lists: unknown[] = [];
  for (const filter of filters) {
    for (const order of orders) lists.push(await readPages(store, tenant, filter, order));
  }
  return lists;
}

async function readPages(store: Store, tenant: string, filter: SessionFilter, order: SessionOrder): Promise<unknown> {
  const records: SessionRecord[] = [];
  for (let after: SessionCursor | null = null; ; ) {
    const page: SessionRecord[] = await store.sessions.list(tenant, filter, order, after, 2);
    const last = page.at(-1);
    if (last === undefined) return records;
    records.push(...page);
    after = { at: last.header[order.by], sessionId: last.header.sessionId };
  }
}

async function observeSearch(store: Store, tenant: string): Promise<unknown> {
  const scopes = [{}, { userId: 'u' }, { agentId: 'agent v' }];
  const found: unknown[] = [];
  for (const scope of scopes) {
    for (const terms of [['red'], ['green', 'blue', 'ß'], ['AND', 'none']]) {
      const candidates = await store.search.find(tenant, { terms, scope, limit: 1000 });
      found.push(sortedBy(candidates, ({ uid, message }) => `${uid} ${message.sequence}`));
    }
  }
  return found;
}

async function observeStatistics(store: Store, tenant: string, now: number): Promise<unknown> {
  const samples: SessionSample[] = [];
  await store.statistics.foldSessions(tenant, {}, { toAt: now + 1 }, (sample) => samples.push(sample));
  const window = { fromAt: now - 10_000, toAt: now + 1, bucketMs: 1500 };
  const counts = await store.statistics.sampleMessages(tenant, { agentId: 'agent u' }, window);
  return [
    sortedBy(samples, ({ header }) => header.sessionId),
    sortedBy(counts, ({ bucketAt, role }) => `${bucketAt} ${role}`),
  ];
}

function entriesOf<Value>(map: ReadonlyMap<string, Value>): [string, Value][] {
  return sortedBy([...map], ([key]) => key);
}

function sortedBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[] {
  return items.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}
