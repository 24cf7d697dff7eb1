import { beforeEach, describe, expect, test } from 'vitest';
import { statusAt } from '../../../src/model/decide/status-at.ts';
import { access, end, start } from './calls.ts';
import { PureStore } from './pure-store.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
let store: PureStore;
beforeEach(() => {
  store = new PureStore();
});

describe('an access', () => {
  beforeEach(() => {
    store.call(start({ terms: {} }));
  });

  test('inside a bucket writes nothing', () => {
    store.now += 1;
    store.call(access());
    expect(store.last.changes).not.toBeNull();
    store.now += MINUTE - 1;
    const before = store.header;
    const answer = store.call(access());
    expect(store.last.changes).toBeNull();
    expect(answer.header).toBe(before);
  });

  test('past a bucket slides both deadlines and leaves rev and version', () => {
    const before = store.header;
    store.now += HOUR;
    store.call(access());
    expect(store.last.changes?.isSlide).toBe(true);
    expect(store.header).toMatchObject({ rev: 1, version: 1, lastAccessAt: store.now });
    expect(store.header?.deadlines.dormantAt).toBe((before?.deadlines.dormantAt ?? 0) + HOUR);
    expect(store.header?.deadlines.expireAt).toBe((before?.deadlines.expireAt ?? 0) + HOUR);
  });

  test('to a lapsed session pushes DORMANT and revives in one commit', () => {
    store.now = store.header?.deadlines.dormantAt ?? 0;
    const answer = store.call(access());
    expect(answer).toMatchObject({ resumed: true, previousGeneration: 1, version: 1 });
    expect(store.header).toMatchObject({ status: 'ACTIVE', generation: 2, rev: 2 });
    expect(store.header?.runId).not.toBe('');
    expect(store.events).toMatchObject([{ kind: 'DORMANT', generation: 1, reason: 'IDLE' }]);
  });

  test('one millisecond before the idle limit finds the session ACTIVE', () => {
    store.now = (store.header?.deadlines.dormantAt ?? 0) - 1;
    expect(store.call(access()).resumed).toBe(false);
    expect(store.events).toEqual([]);
  });

  test('of an uncertain clock finds the session ACTIVE until the uncertainty is over', () => {
    store.uncertaintyMs = 1000;
    store.now = (store.header?.deadlines.dormantAt ?? 0) + 999;
    expect(statusAt(store.header!, store.time)).toBe('ACTIVE');
    expect(store.call(access()).resumed).toBe(false);
  });

  test('within a minute of the return from an outage finds the session as it was', () => {
    const { dormantAt } = store.header!.deadlines;
    store.outages = [{ from: dormantAt - HOUR, to: dormantAt + 30 * HOUR }];
    store.now = dormantAt + 30 * HOUR + MINUTE - 1;
    expect(statusAt(store.header!, store.time)).toBe('ACTIVE');
    expect(store.call(access()).resumed).toBe(false);
    expect(store.header?.deadlines.expireAt).toBeGreaterThan(store.now + 20 * HOUR - 1);
  });

  test('to an expired session is refused with time and cause, and commits the expiry with its events', () => {
    const { expireAt } = store.header!.deadlines;
    store.now = expireAt ?? 0;
    const refusal = store.refusal(access());
    expect(refusal).toMatchObject({
      reason: 'SESSION_EXPIRED',
      metadata: { time: new Date(expireAt ?? 0).toISOString(), cause: 'TTL' },
    });
    expect(refusal.retryAfterMs).toBeUndefined();
    expect(store.events.map(({ kind }) => kind)).toEqual(['DORMANT', 'EXPIRING', 'EXPIRED']);
    expect(store.header).toMatchObject({ status: 'EXPIRED', endReason: 'TTL', purgeAt: store.now + 7 * 24 * HOUR });
    store.refusal(access());
    expect(store.last.changes).toBeNull();
    expect(store.events).toHaveLength(3);
  });

  test('voids a warning that nobody saw', () => {
    store.now = store.header?.deadlines.warnAt ?? 0;
    store.call(access());
    expect(store.events.map(({ kind }) => kind)).toEqual(['DORMANT']);
    expect(store.header?.deadlines.warnAt).toBeGreaterThan(store.now);
  });

  test('to an ended session is refused with outcome and cause', () => {
    store.call(end({ outcome: 'FAILED', reason: 'USER_SESSION_LIMIT' }));
    expect(store.refusal(access())).toMatchObject({
      reason: 'SESSION_ENDED',
      metadata: { cause: 'USER_SESSION_LIMIT', outcome: 'FAILED' },
    });
  });
});

test('an access to an id that was never used is refused without a write', () => {
  expect(store.refusal(access()).reason).toBe('SESSION_NOT_FOUND');
  expect(store.last.changes).toBeNull();
});

test('a session that reaches its absolute limit expires by MAX_TTL, however often it is used', () => {
  store.call(start({ terms: { maxTtlMs: 2 * HOUR } }));
  for (const minute of [30, 60, 90, 119]) {
    store.now = store.header!.createdAt + minute * MINUTE;
    store.call(access());
  }
  expect(store.header?.deadlines).toMatchObject({ expireAt: store.header!.createdAt + 2 * HOUR });
  store.now += MINUTE;
  expect(store.refusal(access()).metadata.cause).toBe('MAX_TTL');
});

test('a session that never expires goes dormant and comes back after years', () => {
  store.call(start({ terms: { neverExpires: true } }));
  store.now += 3 * 365 * 24 * HOUR;
  expect(statusAt(store.header!, store.time)).toBe('DORMANT');
  expect(store.call(access()).resumed).toBe(true);
});

test('an access that moves the warning from given to due excludes other writers', () => {
  store.call(start({ terms: { ttlMs: 1000, expiringLeadMs: 900 } }));
  const given = { ...store.header!, deadlines: { ...store.header!.deadlines, warnAt: null } };
  store.header = given;
  store.now += 500;
  store.call(access());
  expect(store.last.changes?.isSlide).toBe(false);
  expect(store.header.rev).toBe(given.rev + 1);
  expect(store.header.version).toBe(given.version);
});
