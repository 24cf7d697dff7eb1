import { SAMPLE_AT } from '../../../src/contract/samples.ts';
import { digestRequestId } from '../../../src/model/request-digest.ts';
import type { SessionFilter, SessionOrder } from '../../../src/ports/session-store.ts';
import type { SessionSample } from '../../../src/ports/statistics-store.ts';
import type { Store } from '../../../src/ports/store.ts';
import { claimOf, NAMES, uidOf } from './content.ts';

/** Look is one read through the port; what it answers is the same for the same content. */
export type Look = (store: Store) => Promise<unknown>;

const WHOLE = { afterSequence: 0, beforeSequence: 0, from: 'oldest', limit: 1000 } as const;
const FILTERS: SessionFilter[] = [{}, { userId: 'ada' }, { agentId: 'agent bob' }, { labels: { user: 'ada' } }];
const ORDERS: SessionOrder[] = [
  { by: 'createdAt', direction: 'newestFirst' },
  { by: 'lastAccessAt', direction: 'oldestFirst' },
];

/** Returns every read that shows content, by what it looks at: each must answer right or be refused for itself. */
export function allLooks(): Map<string, Look> {
  const looks: [string, Look][] = NAMES.tenants.flatMap((tenant) => [
    ...[...NAMES.sessions, 'gone', 'unknown'].flatMap((sessionId) => sessionLooks(tenant, sessionId)),
    ...listLooks(tenant),
    ...searchLooks(tenant),
    ...tenantLooks(tenant),
  ]);
  return new Map([...looks, ...storeLooks()]);
}

function sessionLooks(tenant: string, sessionId: string): [string, Look][] {
  const uid = uidOf(tenant, sessionId);
  const needs = {
    ...{ details: true, state: true, summaries: true, activity: true },
    requestIds: NAMES.requestIds.map(digestRequestId),
    toolCallIds: NAMES.callIds,
    claims: [claimOf(sessionId)],
  };
  const looks: Record<string, Look> = {
    basis: ({ sessions }) => sessions.load(tenant, sessionId, needs),
    messages: ({ messages }) => messages.read(tenant, uid, WHOLE),
    newest: ({ messages }) => messages.read(tenant, uid, { ...WHOLE, from: 'newest', limit: 9, bytesMax: 4000 }),
    ids: ({ messages }) => messages.findById(tenant, uid, ['message-request-3', 'message-request-11', 'none']),
    turn: ({ messages }) => messages.findTurn(tenant, uid, 'turn-2', 4),
    summaries: ({ sessions }) => sessions.summaries(tenant, uid),
    claim: ({ sessions }) => sessions.findClaim(tenant, claimOf(sessionId)),
  };
  return Object.entries(looks).map(([name, look]) => [`${name} of ${tenant} ${sessionId}`, look]);
}

function listLooks(tenant: string): [string, Look][] {
  return FILTERS.flatMap((filter) =>
    ORDERS.map((order): [string, Look] => [
      `list of ${tenant} ${JSON.stringify([filter, order.by])}`,
      ({ sessions }) => sessions.list(tenant, filter, order, null, 100),
    ]),
  );
}

function searchLooks(tenant: string): [string, Look][] {
  const scopes = [{}, { userId: 'ada' }, { uid: uidOf(tenant, 'session-4') }];
  return scopes.map((scope) => [
    `search in ${tenant} ${JSON.stringify(scope)}`,
    async ({ search }) => {
      const found = await search.find(tenant, { terms: ['red', 'Ω'], scope, limit: 1000 });
      return sortedBy(found, ({ uid, message }) => `${uid} ${message.sequence}`);
    },
  ]);
}

function tenantLooks(tenant: string): [string, Look][] {
  const looks: Record<string, Look> = {
    log: ({ events }) => events.read(tenant, 0, 1000),
    bounds: ({ events }) => events.bounds(tenant),
    'first event since': ({ events }) => events.findSince(tenant, SAMPLE_AT),
    agents: ({ agents }) => agents.list(tenant, '', 9),
    agent: ({ agents }) => agents.load(tenant, 'agent-2'),
    samples: async ({ statistics }) => {
      const samples: SessionSample[] = [];
      await statistics.foldSessions(tenant, {}, {}, (sample) => samples.push(sample));
      return sortedBy(samples, ({ header }) => header.sessionId);
    },
    'message counts': async ({ statistics }) => {
      const window = { fromAt: SAMPLE_AT - 10_000, toAt: SAMPLE_AT + 1, bucketMs: 1500 };
      const counts = await statistics.sampleMessages(tenant, {}, window);
      return sortedBy(counts, ({ bucketAt, role }) => `${bucketAt} ${role}`);
    },
  };
  return Object.entries(looks).map(([name, look]) => [`${name} of ${tenant}`, look]);
}

function storeLooks(): [string, Look][] {
  return [
    ['due sessions', ({ sessions }) => sessions.findDue(Number.MAX_SAFE_INTEGER, 100, null)],
    ['backlog', ({ sessions }) => sessions.countDue(Number.MAX_SAFE_INTEGER)],
    ['census', async ({ statistics }) => sortedBy(await statistics.census(), ({ status }) => status)],
    ['last sign of life', ({ presence }) => presence.lastSeenAt()],
    ['outages', ({ presence }) => presence.outages()],
  ];
}

function sortedBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[] {
  return items.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}
