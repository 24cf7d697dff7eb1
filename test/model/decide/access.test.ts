import { beforeEach, describe, expect, test } from 'vitest';
import { decide } from '../../../src/model/decide/decide.ts';
import { statusAt } from '../../../src/model/decide/status-at.ts';
import { access, addSummary, aMessage, append, aRequest, end, resume, start, touch, update } from './calls.ts';
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

test('a call whose basis lacks what it changes fails instead of overwriting it', () => {
  store.call(start({ state: { a: 1 } }));
  const basis = { ...store.load(access()), state: undefined };
  const call = append([aMessage()], { state: { set: { b: 2 }, remove: [] } });
  expect(() => decide(basis, call, store.time, store.settings)).toThrow('which its basis lacks');
});

test('the checks come in the order request id, status, version, content', () => {
  store.call(start());
  store.call(append([aMessage()], { request: aRequest('r1') }));
  const huge = { set: { s: 'x'.repeat(40_000) }, remove: [] };
  const wrong = { state: huge, expectedVersion: 9 };
  expect(store.refusal(append([aMessage()], wrong)).reason).toBe('VERSION_MISMATCH');
  expect(store.refusal(append([aMessage()], { state: huge, expectedVersion: 2 })).reason).toBe('LIMIT_EXCEEDED');
  store.call(end());
  expect(store.refusal(append([aMessage()], wrong)).reason).toBe('SESSION_ENDED');
  expect(store.call(append([aMessage()], { ...wrong, request: aRequest('r1') })).isRepeated).toBe(true);
  expect(store.refusal(addSummary({}, { request: aRequest('r1', 'other') })).reason).toBe('REQUEST_ID_REUSED');
});
