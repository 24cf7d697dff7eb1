import assert from 'node:assert/strict';
import type { SessionRecord } from '../model/session.ts';
import type { SessionCursor, SessionFilter, SessionOrder } from '../ports/session-store.ts';
import { casesOf } from './contract-case.ts';
import { SAMPLE_AT } from './samples.ts';
import type { Stage } from './stage.ts';

const NEWEST: SessionOrder = { by: 'createdAt', direction: 'newestFirst' };
const OLDEST: SessionOrder = { by: 'createdAt', direction: 'oldestFirst' };

/** Lists: order, cursors and filters. */
export const listingCases = casesOf('listing', {
  'a list is ordered by either time in either direction': async (stage) => {
    await beginSeveral(stage, 4);
    assert.deepEqual(await ids(stage, {}, NEWEST), ['s-3', 's-2', 's-1', 's-0']);
    assert.deepEqual(await ids(stage, {}, OLDEST), ['s-0', 's-1', 's-2', 's-3']);
    await stage.go('s-1', { lastAccessAt: SAMPLE_AT + 99 });
    const byAccess = { by: 'lastAccessAt', direction: 'newestFirst' } as const;
    assert.deepEqual(await ids(stage, {}, byAccess), ['s-1', 's-3', 's-2', 's-0']);
  },

  'sessions of one time are ordered by id in the same direction': async (stage) => {
    for (const id of ['b', 'C', 'a', '10', '9']) await stage.begin(id);
    assert.deepEqual(await ids(stage, {}, OLDEST), ['10', '9', 'C', 'a', 'b']);
    assert.deepEqual(await ids(stage, {}, NEWEST), ['b', 'a', 'C', '9', '10']);
  },

  'a list answers whole sessions': async (stage) => {
    const details = { title: 'Trip', labels: { a: 'b' }, metadata: { c: [1] }, errorMessage: '' };
    const header = await stage.begin('s', {}, { changes: { details, state: { d: 'e' } } });
    const [record] = await list(stage, {}, NEWEST);
    assert.deepEqual(record, { header, details, state: { d: 'e' } });
  },

  'pages show every session once, ties and all': async (stage) => {
    for (let place = 0; place < 13; place++) {
      await stage.begin(`s-${place}`, { createdAt: SAMPLE_AT + Math.floor(place / 4) });
    }
    for (const order of [NEWEST, OLDEST]) {
      const paged = await pages(stage, order, 3);
      assert.equal(new Set(paged).size, 13);
      assert.deepEqual(paged, await ids(stage, {}, order));
    }
  },

  'a cursor is stable under inserts before and after it, and under deletes': async (stage) => {
    await beginSeveral(stage, 6);
    const first = await list(stage, {}, NEWEST, null, 2);
    await stage.begin('inserted before', { createdAt: SAMPLE_AT + 50 });
    await stage.begin('inserted after', { createdAt: SAMPLE_AT + 2 });
    await stage.bury('s-4');
    await stage.bury('s-1');
    const rest = await list(stage, {}, NEWEST, cursorOf(first, NEWEST), 99);
    assert.deepEqual(idsOf(first), ['s-5', 's-4']);
    assert.deepEqual(idsOf(rest), ['s-3', 's-2', 'inserted after', 's-0']);
  },

  'a cursor whose session is gone still marks its place': async (stage) => {
    await beginSeveral(stage, 3);
    const after = { at: SAMPLE_AT + 1, sessionId: 's-1' };
    await stage.bury('s-1');
    assert.deepEqual(await ids(stage, {}, OLDEST, after), ['s-2']);
    assert.deepEqual(await ids(stage, {}, NEWEST, after), ['s-0']);
  },

  'tombstones are not listed': async (stage) => {
    await beginSeveral(stage, 2);
    await stage.bury('s-0');
    assert.deepEqual(await ids(stage), ['s-1']);
    assert.deepEqual(await ids(stage, { sessionIds: ['s-0'] }), []);
  },

  'each identity field filters byte for byte': async (stage) => {
    const wanted = { userId: 'u', agentId: 'a', channel: 'c', conversationKey: 'k' };
    await stage.begin('match', wanted);
    for (const field of ['userId', 'agentId', 'channel', 'conversationKey'] as const) {
      await stage.begin(`other ${field}`, { ...wanted, [field]: wanted[field].toUpperCase() });
      await stage.begin(`prefix ${field}`, { ...wanted, [field]: `${wanted[field]}x` });
      const found = await ids(stage, { [field]: wanted[field] });
      assert.equal(found.includes(`other ${field}`) || found.includes(`prefix ${field}`), false, field);
      assert.ok(found.includes('match'), field);
    }
    assert.deepEqual(await ids(stage, wanted), ['match']);
  },

  'an empty filter value asks for sessions that have none': async (stage) => {
    await stage.begin('without');
    await stage.begin('with', { userId: 'u' });
    assert.deepEqual(await ids(stage, { userId: '' }), ['without']);
  },

  'statuses filter by the committed status': async (stage) => {
    for (const status of ['ACTIVE', 'DORMANT', 'EXPIRED', 'ENDED'] as const) await stage.begin(status, { status });
    assert.deepEqual(await ids(stage, { statuses: ['DORMANT', 'ENDED'] }, OLDEST), ['DORMANT', 'ENDED']);
    assert.deepEqual(await ids(stage, { statuses: ['EXPIRED'] }), ['EXPIRED']);
    await stage.go('ACTIVE', { status: 'ENDED' });
    assert.deepEqual(await ids(stage, { statuses: ['ACTIVE'] }), []);
  },

  'where statuses filter, what is due matches in any status, because the committed one may lag': async (stage) => {
    await stage.begin('due', { dueAt: SAMPLE_AT + 5 });
    await stage.begin('later', { dueAt: SAMPLE_AT + 6 });
    await stage.begin('never', { dueAt: null });
    await stage.begin('ended', { status: 'ENDED', dueAt: SAMPLE_AT + 6 });
    const filter = { statuses: ['ENDED'] as const, orDueBefore: SAMPLE_AT + 5 };
    assert.deepEqual(await ids(stage, filter, OLDEST), ['due', 'ended']);
  },

  'a time bound excludes its own instant on both sides': async (stage) => {
    await beginSeveral(stage, 5);
    const between = { createdAfter: SAMPLE_AT + 1, createdBefore: SAMPLE_AT + 4 };
    assert.deepEqual(await ids(stage, between, OLDEST), ['s-2', 's-3']);
    const accessed = { accessedAfter: SAMPLE_AT + 0, accessedBefore: SAMPLE_AT + 2 };
    assert.deepEqual(await ids(stage, accessed, OLDEST), ['s-1']);
  },

  'every given label must be there with its value': async (stage) => {
    const details = { title: '', metadata: {}, errorMessage: '' };
    await stage.begin('both', {}, { changes: { details: { ...details, labels: { a: '1', b: '2' } } } });
    await stage.begin('one', {}, { changes: { details: { ...details, labels: { a: '1' } } } });
    await stage.begin('none');
    assert.deepEqual(await ids(stage, { labels: { a: '1' } }, OLDEST), ['both', 'one']);
    assert.deepEqual(await ids(stage, { labels: { a: '1', b: '2' } }), ['both']);
    assert.deepEqual(await ids(stage, { labels: { a: '2' } }), []);
    assert.deepEqual((await ids(stage, { labels: {} })).length, 3);
  },

  'part of a title is found without regard to case, in any script': async (stage) => {
    for (const title of ['Flight to ZÜRICH', '100% off_season', 'Ελλάδα']) {
      await stage.begin(title, {}, { changes: { details: { title, labels: {}, metadata: {}, errorMessage: '' } } });
    }
    assert.deepEqual(await ids(stage, { titleQuery: 'zürich' }), ['Flight to ZÜRICH']);
    assert.deepEqual(await ids(stage, { titleQuery: 'ΕΛΛ' }), ['Ελλάδα']);
    assert.deepEqual(await ids(stage, { titleQuery: '%' }), ['100% off_season']);
    assert.deepEqual(await ids(stage, { titleQuery: 'f_s' }), ['100% off_season']);
    assert.deepEqual(await ids(stage, { titleQuery: 'nowhere' }), []);
  },

  'session ids filter, and filters add up': async (stage) => {
    await beginSeveral(stage, 4, { userId: 'u' });
    await stage.begin('s-9', { userId: 'other' });
    assert.deepEqual(await ids(stage, { sessionIds: ['s-9', 's-1', 'unknown'] }, OLDEST), ['s-9', 's-1']);
    assert.deepEqual(await ids(stage, { sessionIds: ['s-9', 's-1'], userId: 'u' }), ['s-1']);
    assert.deepEqual(await ids(stage, { sessionIds: [] }), []);
  },

  'a change of what is filtered by is seen by the next list': async (stage) => {
    const details = { title: 'before', labels: { a: '1' }, metadata: {}, errorMessage: '' };
    await stage.begin('s', {}, { changes: { details } });
    await stage.go('s', { userId: 'u' }, { changes: { details: { ...details, title: 'after', labels: { a: '2' } } } });
    assert.deepEqual(await ids(stage, { titleQuery: 'before' }), []);
    assert.deepEqual(await ids(stage, { labels: { a: '1' } }), []);
    assert.deepEqual(await ids(stage, { titleQuery: 'after', labels: { a: '2' }, userId: 'u' }), ['s']);
  },
});

/** Begins `s-0`, `s-1` …, each created and accessed 1 ms after the one before. */
async function beginSeveral(stage: Stage, count: number, overrides: { userId?: string } = {}): Promise<void> {
  for (let place = 0; place < count; place++) {
    const at = SAMPLE_AT + place;
    await stage.begin(`s-${place}`, { ...overrides, createdAt: at, lastAccessAt: at });
  }
}

function list(
  stage: Stage,
  filter: SessionFilter,
  order: SessionOrder,
  after: SessionCursor | null = null,
  limit: number = 100,
): Promise<SessionRecord[]> {
  return stage.store.sessions.list(stage.tenant, filter, order, after, limit);
}

async function ids(
  stage: Stage,
  filter: SessionFilter = {},
  order: SessionOrder = NEWEST,
  after: SessionCursor | null = null,
): Promise<string[]> {
  return idsOf(await list(stage, filter, order, after));
}

async function pages(stage: Stage, order: SessionOrder, limit: number): Promise<string[]> {
  const seen: SessionRecord[] = [];
  for (;;) {
    const page = await list(stage, {}, order, seen.length === 0 ? null : cursorOf(seen, order), limit);
    if (page.length === 0) return idsOf(seen);
    seen.push(...page);
  }
}

function cursorOf(records: SessionRecord[], order: SessionOrder): SessionCursor {
  const header = records.at(-1)?.header;
  assert.ok(header);
  return { at: header[order.by], sessionId: header.sessionId };
}

function idsOf(records: SessionRecord[]): string[] {
  return records.map(({ header }) => header.sessionId);
}
