import { beforeEach, describe, expect, test } from 'vitest';
import { access, start, update } from './calls.ts';
import { PureStore } from './pure-store.ts';

const HOUR = 3_600_000;
let store: PureStore;
beforeEach(() => {
  store = new PureStore();
});

describe('Update', () => {
  beforeEach(() => {
    store.call(start({ terms: {} }));
  });

  test('of title, labels, metadata and quality is no access and works once the session is over', () => {
    store.now += 21 * HOUR;
    store.refusal(access());
    const before = store.header;
    const patch = { set: { m: 1 }, remove: [] };
    const answer = store.call(update({ title: 'Trip', labels: { a: 'b' }, qualityScore: 4, metadata: patch }));
    expect(answer.version).toBe(2);
    expect(store.header).toMatchObject({ status: 'EXPIRED', qualityScore: 4, lastAccessAt: before?.lastAccessAt });
    expect(store.life.details).toMatchObject({ title: 'Trip', labels: { a: 'b' }, metadata: { m: 1 } });
  });

  test('of state, model or terms is an access', () => {
    store.now += 11 * HOUR;
    const answer = store.call(update({ model: 'm', tokenLimit: 500, terms: { ttlMs: HOUR }, title: 'Trip' }));
    expect(answer).toMatchObject({ resumed: true, version: 2 });
    expect(store.header).toMatchObject({ model: 'm', tokenLimit: 500, terms: { ttlMs: HOUR } });
    store.now += 2 * HOUR;
    expect(store.refusal(update({ state: { set: { a: 1 }, remove: [] } })).reason).toBe('SESSION_EXPIRED');
  });

  test('sets the user once', () => {
    store.call(update({ userId: 'ann' }, { claims: ['k/ann'] }));
    expect(store.header).toMatchObject({ userId: 'ann', version: 2, claims: ['k/ann'] });
    expect(store.refusal(update({ userId: 'bob' }))).toMatchObject({
      reason: 'INVALID_FIELD',
      field: 'session.user_id',
    });
    expect(store.call(update({ userId: 'ann' })).version).toBe(2);
  });

  test('that names no field changes nothing', () => {
    store.call(update({}));
    expect(store.last.changes).toBeNull();
  });

  test('metadata over its limit is refused', () => {
    const patch = { set: { m: 'x'.repeat(40_000) }, remove: [] };
    expect(store.refusal(update({ metadata: patch }))).toMatchObject({
      reason: 'LIMIT_EXCEEDED',
      metadata: { limit: 'metadata_bytes' },
    });
  });
});
