import { beforeEach, describe, expect, test } from 'vitest';
import { aRequest, start, touch } from './calls.ts';
import { PureStore } from './pure-store.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
let store: PureStore;
beforeEach(() => {
  store = new PureStore();
});

describe('Touch', () => {
  beforeEach(() => {
    store.call(start());
  });

  test('with other terms recomputes the deadlines and counts a version', () => {
    const answer = store.call(touch({ ttlMs: MINUTE }));
    expect(answer.version).toBe(2);
    expect(store.header?.terms).toMatchObject({ ttlMs: MINUTE, dormantAfterMs: MINUTE, revision: 2 });
    expect(store.header?.deadlines.expireAt).toBeLessThanOrEqual(store.now + MINUTE + 600);
    expect(store.last.changes?.isSlide).toBe(false);
  });

  test('with the terms in force slides alone', () => {
    store.now += HOUR;
    expect(store.call(touch({ ttlMs: 20 * HOUR })).version).toBe(1);
    expect(store.last.changes?.isSlide).toBe(true);
  });

  test('with an absolute limit that is over is refused', () => {
    store.now += HOUR;
    expect(store.refusal(touch({ maxTtlMs: HOUR }))).toMatchObject({ reason: 'INVALID_FIELD', field: 'max_ttl' });
    expect(store.call(touch({ maxTtlMs: HOUR + 1 })).header.deadlines.expireAt).toBe(store.now + 1);
  });

  test('under a request id of the server is not remembered, under one of the caller it is', () => {
    store.now += HOUR;
    store.call(touch({}, { request: aRequest('mine', 'c', true) }));
    expect(store.life.recorded).toEqual([]);
    store.call(touch({}, { request: aRequest('theirs') }));
    expect(store.life.recorded).toMatchObject([{ digest: 'theirs', number: 1 }]);
    expect(store.call(touch({}, { request: aRequest('theirs') })).isRepeated).toBe(true);
  });
});
