import assert from 'node:assert/strict';
import { changesWith } from '../model/basis.ts';
import type { DueSession } from '../ports/session-store.ts';
import { casesOf } from './contract-case.ts';
import { SAMPLE_AT } from './samples.ts';
import type { Stage } from './stage.ts';

const AT = SAMPLE_AT;

/** The sweeper's work list. */
export const dueCases = casesOf('due', {
  'a session is due from its instant on, not a millisecond before': async (stage) => {
    await stage.begin('s', { dueAt: AT });
    assert.deepEqual(await due(stage, AT - 1), []);
    assert.deepEqual(await due(stage, AT), ['s']);
    assert.deepEqual(await due(stage, AT + 1), ['s']);
    const [entry] = await stage.store.sessions.findDue(AT, 1, null);
    assert.deepEqual(entry, { tenant: stage.tenant, sessionId: 's', dueAt: AT });
  },

  'a session with nothing due never is': async (stage) => {
    await stage.begin('s', { dueAt: null });
    assert.deepEqual(await due(stage, Number.MAX_SAFE_INTEGER), []);
    assert.equal(await stage.store.sessions.countDue(Number.MAX_SAFE_INTEGER), 0);
  },

  'a tenant’s earliest comes first': async (stage) => {
    await beginDue(stage, { c: 3, a: 1, d: 4, b: 2 });
    assert.deepEqual(await due(stage, AT + 3), ['a', 'b', 'c']);
    assert.deepEqual(await due(stage, AT + 99, 2), ['a', 'b']);
  },

  'a limit that is smaller than the work leaves the rest for after the cursor': async (stage) => {
    await beginDue(stage, { a: 1, b: 1, c: 1, d: 2, e: 3 });
    const seen: string[] = [];
    let after: DueSession | null = null;
    for (;;) {
      const page: DueSession[] = await stage.store.sessions.findDue(AT + 99, 2, after);
      if (page.length === 0) break;
      seen.push(...page.map(({ sessionId }) => sessionId));
      after = page.at(-1) ?? null;
    }
    assert.deepEqual(seen, ['a', 'b', 'c', 'd', 'e']);
  },

  'a tenant with much work does not keep another’s off the page': async (stage) => {
    for (let place = 0; place < 30; place++) await stage.begin(`busy-${place}`, { dueAt: AT + place });
    await stage.begin('quiet', { tenant: 'tenant-b', dueAt: AT + 1000 });
    await stage.begin('late', { tenant: 'tenant-c', dueAt: AT + 2000 });
    const page = await due(stage, AT + 5000, 6);
    assert.deepEqual(page.toSorted(), ['busy-0', 'busy-1', 'busy-2', 'busy-3', 'late', 'quiet']);
  },

  'tombstones have work, too': async (stage) => {
    await stage.begin('s', { dueAt: null });
    await stage.go('s', { isTombstone: true, dueAt: AT + 5 });
    assert.deepEqual(await due(stage, AT + 5), ['s']);
    assert.equal(await stage.store.sessions.countDue(AT + 5), 1);
  },

  'work moves with commits and slides': async (stage) => {
    await beginDue(stage, { a: 1, b: 2 });
    await stage.go('a', { dueAt: AT + 50 });
    assert.deepEqual(await due(stage, AT + 10), ['b']);
    const basis = await stage.load('b');
    assert.ok(basis.header);
    const slide = changesWith({ ...basis.header, dueAt: AT + 60 }, { isSlide: true });
    await stage.store.sessions.commit(basis, slide, []);
    assert.deepEqual(await due(stage, AT + 10), []);
    assert.deepEqual(await due(stage, AT + 60), ['a', 'b']);
    await stage.go('a', { dueAt: null });
    assert.deepEqual(await due(stage, AT + 60), ['b']);
  },

  'what is forgotten is not due': async (stage) => {
    await stage.begin('s');
    const { uid, rev } = await stage.go('s', { isTombstone: true, dueAt: AT });
    await stage.store.sessions.forget(stage.tenant, 's', uid, rev);
    assert.deepEqual(await due(stage, AT + 1), []);
  },

  'the backlog counts all tenants, up to the instant': async (stage) => {
    await beginDue(stage, { a: 1, b: 2, c: 3 });
    await stage.begin('d', { tenant: 'tenant-b', dueAt: AT + 2 });
    assert.deepEqual([await stage.store.sessions.countDue(AT), await stage.store.sessions.countDue(AT + 2)], [0, 3]);
  },
});

async function beginDue(stage: Stage, offsets: Record<string, number>): Promise<void> {
  for (const [sessionId, offset] of Object.entries(offsets)) await stage.begin(sessionId, { dueAt: AT + offset });
}

async function due(stage: Stage, dueBefore: number, limit: number = 100): Promise<string[]> {
  return (await stage.store.sessions.findDue(dueBefore, limit, null)).map(({ sessionId }) => sessionId);
}
