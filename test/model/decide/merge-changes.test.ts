import { beforeEach, expect, test } from 'vitest';
import type { Basis } from '../../../src/model/basis.ts';
import type { Call, Decision } from '../../../src/model/call.ts';
import { applyChanges } from '../../../src/model/decide/apply-changes.ts';
import { decide } from '../../../src/model/decide/decide.ts';
import { canJoinCommit, mergeChanges } from '../../../src/model/decide/merge-changes.ts';
import { access, append, end, remove, resume, start, sweep } from './calls.ts';
import { PureStore } from './pure-store.ts';

let store: PureStore;
beforeEach(() => {
  store = new PureStore();
});

/** Decides two calls, the second on what the first leaves. */
function decideTwo(first: Call, second: Call): [Decision, Decision] {
  const basis: Basis = { ...store.load(first), details: store.life.details };
  const decided = decide(basis, first, store.time, store.settings);
  const left = decided.changes === null ? basis : applyChanges(basis, decided.changes);
  return [decided, decide(left, second, store.time, store.settings)];
}

test('what changes nothing leaves the other as it is', () => {
  store.call(start());
  const [{ changes }] = decideTwo(append(), access());
  expect(mergeChanges(changes, null)).toBe(changes);
  expect(mergeChanges(null, changes)).toBe(changes);
  expect(mergeChanges(null, null)).toBeNull();
});

test('a slide before or after a write is part of the write', () => {
  store.call(start());
  store.now += 3_600_000;
  const [slide, write] = decideTwo(access(), append());
  expect([slide.changes?.isSlide, write.changes?.isSlide]).toEqual([true, false]);
  expect(mergeChanges(slide.changes, write.changes)).toMatchObject({ isSlide: false, header: { rev: 2 } });
  expect(mergeChanges(write.changes, slide.changes)?.isSlide).toBe(false);
  expect(mergeChanges(slide.changes, slide.changes)?.isSlide).toBe(true);
});

test('a claim that is given back and taken again in one commit stays taken', () => {
  store.call(start({}, { claims: ['k/chat'] }));
  const [ended, reopened] = decideTwo(end(), resume({ reopen: true, claims: ['k/chat'] }));
  expect(ended.changes?.released).toEqual(['k/chat']);
  expect(mergeChanges(ended.changes, reopened.changes)).toMatchObject({ claims: ['k/chat'], released: [] });
});

test('claims given back by the first call are given back by the commit', () => {
  store.call(start({}, { claims: ['k/chat'] }));
  const [ended, again] = decideTwo(end(), resume({ reopen: true }));
  expect(mergeChanges(ended.changes, again.changes)?.released).toEqual(['k/chat']);
});

test('messages discarded by the first call are discarded by the commit', () => {
  store.call(start());
  store.call(append());
  store.call(end());
  store.call(start({ ifExists: 'RESTART', terms: { neverExpires: true } }));
  store.now += store.settings.terms.retentionMs;
  const [swept, appended] = decideTwo(sweep(), append());
  expect(mergeChanges(swept.changes, appended.changes)).toMatchObject({
    discardThrough: 1,
    messages: [{ sequence: 2 }],
  });
});

test('a commit pushes at most four events', () => {
  store.call(start({ terms: { neverExpires: true } }));
  const { changes, events } = decideTwo(end(), access())[0];
  const next = decideTwo(end(), access())[0];
  const three = [...events, ...events, ...events];
  expect(canJoinCommit({ changes, events: three }, next)).toBe(true);
  expect(canJoinCommit({ changes, events: [...three, ...events] }, next)).toBe(false);
});

test('a deletion and the start after it are commits of their own', () => {
  store.call(start());
  const [appended, removed] = decideTwo(append(), remove());
  expect(canJoinCommit(appended, removed)).toBe(false);
  const [buried, started] = decideTwo(remove(), start());
  expect(canJoinCommit(buried, started)).toBe(false);
});
