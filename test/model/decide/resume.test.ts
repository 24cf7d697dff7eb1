import { beforeEach, describe, expect, test } from 'vitest';
import { end, resume, start, touch } from './calls.ts';
import { PureStore } from './pure-store.ts';

const HOUR = 3_600_000;
let store: PureStore;
beforeEach(() => {
  store = new PureStore();
});

describe('Resume', () => {
  beforeEach(() => {
    store.call(start({ userId: 'ann', agentId: 'helper', state: { a: 1, b: { x: 1, y: 2 } } }));
  });

  test('merges state and metadata by top-level keys', () => {
    const patch = { set: { b: { x: 9 }, c: null }, remove: ['a'] };
    const answer = store.call(resume({ state: patch, metadata: { set: { m: 1 }, remove: [] } }));
    expect(answer).toMatchObject({ version: 2, resumed: false });
    expect(store.life.state).toEqual({ b: { x: 9 }, c: null });
    expect(store.life.details.metadata).toEqual({ m: 1 });
  });

  test('of a dormant session without a patch leaves the version', () => {
    store.now += 11 * HOUR;
    expect(store.call(resume())).toMatchObject({ resumed: true, version: 1 });
  });

  test('with another user or agent finds nothing', () => {
    expect(store.refusal(resume({ userId: 'bob' })).reason).toBe('SESSION_NOT_FOUND');
    expect(store.refusal(resume({ agentId: 'other' })).reason).toBe('SESSION_NOT_FOUND');
    expect(store.call(resume({ userId: 'ann', agentId: 'helper' })).version).toBe(1);
  });

  test('of an ended session needs reopen, which begins the next generation', () => {
    store.call(end({ outcome: 'FAILED', errorMessage: 'broke' }));
    expect(store.refusal(resume()).reason).toBe('SESSION_ENDED');
    const answer = store.call(resume({ reopen: true }));
    expect(answer).toMatchObject({ resumed: true, version: 3, previousGeneration: 1 });
    expect(store.header).toMatchObject({
      status: 'ACTIVE',
      generation: 2,
      outcome: null,
      endedAt: null,
      purgeAt: null,
    });
    expect(store.life.details.errorMessage).toBe('');
    expect(store.header?.deadlines.expireAt).toBeGreaterThan(store.now);
  });

  test('reopens no session whose absolute limit is over', () => {
    store.call(touch({ maxTtlMs: HOUR }));
    store.call(end());
    store.now += HOUR;
    expect(store.refusal(resume({ reopen: true })).reason).toBe('SESSION_ENDED');
  });

  test('reopening takes the conversation back only while nobody else holds it', () => {
    store.call(end());
    store.claims.set('k/chat', { key: 'k/chat', sessionId: 'other', uid: 'x' });
    store.call(resume({ reopen: true, claims: ['k/chat'] }));
    expect(store.header?.claims).toEqual([]);
    store.call(end());
    store.claims.clear();
    store.call(resume({ reopen: true, claims: ['k/chat'] }));
    expect(store.header?.claims).toEqual(['k/chat']);
  });
});
