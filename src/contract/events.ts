import assert from 'node:assert/strict';
import type { EventKind, EventRow } from '../model/event.ts';
import { casesOf } from './contract-case.ts';
import { SAMPLE_AT, sampleEvent, sampleHeader } from './samples.ts';
import type { Stage } from './stage.ts';

/** The event log: one row a commit, numbers without holes, compaction. */
export const eventCases = casesOf('events', {
  'a log that was never written is empty': async (stage) => {
    const { events } = stage.store;
    assert.deepEqual(await events.bounds(stage.tenant), { firstNumber: 0, lastNumber: 0 });
    assert.deepEqual(await events.read(stage.tenant, 0, 9), []);
    assert.deepEqual([await events.find(stage.tenant, 1), await events.findSince(stage.tenant, 0)], [null, null]);
  },

  'all events of a commit are one row, as they were committed': async (stage) => {
    const header = sampleHeader({ tenant: stage.tenant, sessionId: 's', userId: 'u', agentId: 'a' });
    const kinds: EventKind[] = ['DORMANT', 'EXPIRING', 'EXPIRED', 'DELETED'];
    const logged = kinds.map((kind, place) =>
      sampleEvent(header, kind, { deadlineAt: SAMPLE_AT - place, generation: place + 1, reason: 'MAX_TTL' }),
    );
    await stage.begin('s', {}, { events: logged });
    const row = { number: 1, recordedAt: SAMPLE_AT, events: logged };
    assert.deepEqual(await stage.store.events.read(stage.tenant, 0, 9), [row]);
    assert.deepEqual(await stage.store.events.find(stage.tenant, 1), row);
  },

  'rows are numbered 1, 2, 3 in the order of their commits': async (stage) => {
    await logRows(stage, 5);
    await stage.go('s');
    await stage.begin('quiet');
    await stage.begin('loud', {}, { events: [sampleEvent(await stage.header('quiet'), 'ENDED')] });
    const rows = await stage.store.events.read(stage.tenant, 0, 99);
    assert.deepEqual(numbersOf(rows), [1, 2, 3, 4, 5, 6]);
    assert.equal(rows[4]?.events[0]?.generation, 5);
    assert.deepEqual(await stage.store.events.bounds(stage.tenant), { firstNumber: 1, lastNumber: 6 });
  },

  'rows of commits that arrive together have no hole': async (stage) => {
    const sessionIds = Array.from({ length: 25 }, (_, place) => `s-${place}`);
    await Promise.all(
      sessionIds.map((sessionId) => {
        const header = sampleHeader({ tenant: stage.tenant, sessionId });
        return stage.begin(sessionId, {}, { events: [sampleEvent(header, 'DORMANT'), sampleEvent(header, 'EXPIRED')] });
      }),
    );
    const rows = await stage.store.events.read(stage.tenant, 0, 99);
    assert.deepEqual(
      numbersOf(rows),
      sessionIds.map((_, place) => place + 1),
    );
    for (const { events } of rows) {
      assert.deepEqual(
        events.map(({ kind }) => kind),
        ['DORMANT', 'EXPIRED'],
      );
      assert.equal(events[0]?.sessionId, events[1]?.sessionId);
    }
    assert.deepEqual(rows.map(({ events }) => events[0]?.sessionId).sort(), sessionIds.toSorted());
  },

  'reading starts after a number and stops at the limit': async (stage) => {
    await logRows(stage, 6);
    const read = async (after: number, limit: number) =>
      numbersOf(await stage.store.events.read(stage.tenant, after, limit));
    assert.deepEqual([await read(0, 2), await read(2, 3), await read(5, 9)], [[1, 2], [3, 4, 5], [6]]);
    assert.deepEqual([await read(6, 9), await read(99, 9)], [[], []]);
  },

  'one row is found by its number': async (stage) => {
    await logRows(stage, 3);
    assert.equal((await stage.store.events.find(stage.tenant, 2))?.number, 2);
    assert.deepEqual(
      [await stage.store.events.find(stage.tenant, 0), await stage.store.events.find(stage.tenant, 4)],
      [null, null],
    );
  },

  'the first row recorded at or after an instant is found, even where times went back': async (stage) => {
    await logRows(stage, 4, [10, 30, 20, 40]);
    const since = async (at: number) =>
      (await stage.store.events.findSince(stage.tenant, SAMPLE_AT + at))?.number ?? null;
    assert.deepEqual([await since(0), await since(10), await since(11)], [1, 1, 2]);
    assert.deepEqual([await since(30), await since(31), await since(41)], [2, 4, null]);
  },

  'compaction removes rows recorded before the instant, never a tenant’s newest': async (stage) => {
    await logRows(stage, 3, [10, 20, 30]);
    assert.equal(await stage.store.events.compact(SAMPLE_AT + 20, 99), 1);
    assert.deepEqual(await stage.store.events.bounds(stage.tenant), { firstNumber: 2, lastNumber: 3 });
    assert.equal(await stage.store.events.compact(SAMPLE_AT + 1000, 99), 1);
    assert.deepEqual(await stage.store.events.bounds(stage.tenant), { firstNumber: 3, lastNumber: 3 });
    assert.equal(await stage.store.events.compact(SAMPLE_AT + 1000, 99), 0);
    assert.equal(await stage.store.events.find(stage.tenant, 2), null);
  },

  'numbers go on after a compaction': async (stage) => {
    await logRows(stage, 2, [10, 20]);
    await stage.store.events.compact(SAMPLE_AT + 1000, 99);
    await stage.go('s', {}, { events: [sampleEvent(await stage.header('s'), 'ENDED')] });
    assert.deepEqual(numbersOf(await stage.store.events.read(stage.tenant, 0, 9)), [2, 3]);
  },

  'compaction leaves no hole where record times went back': async (stage) => {
    await logRows(stage, 4, [30, 10, 20, 40]);
    await stage.store.events.compact(SAMPLE_AT + 25, 99);
    const { firstNumber } = await stage.store.events.bounds(stage.tenant);
    const rows = await stage.store.events.read(stage.tenant, 0, 99);
    assert.deepEqual(numbersOf(rows), [1, 2, 3, 4].slice(firstNumber - 1));
    assert.equal(firstNumber, 1);
  },

  'compaction stops at its limit and goes through every tenant': async (stage) => {
    await logRows(stage, 5);
    await logRows(stage, 5, [], 'tenant-b');
    assert.equal(await stage.store.events.compact(SAMPLE_AT + 1000, 3), 3);
    assert.equal(await stage.store.events.compact(SAMPLE_AT + 1000, 99), 5);
    for (const tenant of [stage.tenant, 'tenant-b']) {
      assert.deepEqual(await stage.store.events.bounds(tenant), { firstNumber: 5, lastNumber: 5 });
    }
  },

  'a user is blanked in every row of the tenant, in place': async (stage) => {
    await logRows(stage, 2);
    const named = sampleHeader({ tenant: stage.tenant, sessionId: 'named', userId: 'u' });
    const events = [sampleEvent(named, 'DORMANT'), sampleEvent(named, 'EXPIRED')];
    await stage.begin('named', {}, { events });
    await stage.begin('named', { tenant: 'tenant-b' }, { events });
    assert.equal(await stage.store.events.blankUser(stage.tenant, 'u'), 2);
    assert.equal(await stage.store.events.blankUser(stage.tenant, 'u'), 0);
    const blanked = events.map((event) => ({ ...event, userId: '' }));
    assert.deepEqual((await stage.store.events.find(stage.tenant, 3))?.events, blanked);
    assert.deepEqual((await stage.store.events.find('tenant-b', 1))?.events, events);
  },

  'a listener hears soon that a tenant’s log grew, until it unsubscribes': async (stage) => {
    const heard: string[] = [];
    const unsubscribe = stage.store.events.onAppend((tenant) => heard.push(tenant));
    await logRows(stage, 1);
    await waitUntil(() => heard.includes(stage.tenant));
    unsubscribe();
    heard.length = 0;
    await logRows(stage, 1, [], 'tenant-b');
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(heard, []);
  },
});

/** Commits rows of one event each: `recordedAt` is SAMPLE_AT plus the row's offset, the generation its number. */
async function logRows(stage: Stage, count: number, offsets: number[] = [], tenant = stage.tenant): Promise<void> {
  const header = await stage.begin('s', { tenant });
  for (let place = 0; place < count; place++) {
    const recordedAt = SAMPLE_AT + (offsets[place] ?? 0);
    const event = sampleEvent(header, 'DORMANT', {
      recordedAt,
      generation: place + 1,
      eventId: `${tenant} ${place + 1}`,
    });
    await stage.go('s', { tenant }, { events: [event] });
  }
}

function numbersOf(rows: EventRow[]): number[] {
  return rows.map(({ number }) => number);
}

async function waitUntil(condition: () => boolean): Promise<void> {
  for (let look = 0; !condition(); look++) {
    assert.ok(look < 500, 'it did not happen within 5 s');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
