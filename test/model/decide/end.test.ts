import { beforeEach, describe, expect, test } from 'vitest';
import { TOMBSTONE_MS } from '../../../src/model/deadlines.ts';
import { access, aMessage, append, aRequest, end, remove, resume, start, sweep, touch, update } from './calls.ts';
import { PureStore } from './pure-store.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
let store: PureStore;
beforeEach(() => {
  store = new PureStore();
});
const kinds = () => store.events.map(({ kind }) => kind);

describe('End', () => {
  beforeEach(() => {
    store.call(start({ userId: 'ann' }, { claims: ['r/r1', 'k/chat'] }));
  });

  test('sets outcome, error, quality and the purge, and tells of it', () => {
    const before = store.header;
    store.now += MINUTE;
    const fields = { outcome: 'FAILED', errorMessage: 'no route', qualityScore: 2 } as const;
    expect(store.call(end({ ...fields, metadata: { set: { m: 1 }, remove: [] } })).version).toBe(2);
    expect(store.header).toMatchObject({
      status: 'ENDED',
      outcome: 'FAILED',
      qualityScore: 2,
      endReason: 'CALLER',
      endedAt: store.now,
      purgeAt: store.now + 7 * 24 * HOUR,
      dueAt: store.now + 7 * 24 * HOUR,
      lastAccessAt: before?.lastAccessAt,
    });
    expect(store.life.details).toMatchObject({ errorMessage: 'no route', metadata: { m: 1 } });
    expect(store.events).toMatchObject([
      { kind: 'ENDED', deadlineAt: store.now, recordedAt: store.now, userId: 'ann', reason: 'CALLER' },
    ]);
  });

  test('gives the conversation back and keeps the claim of the request id', () => {
    store.call(end());
    expect([...store.claims.keys()]).toEqual(['r/r1']);
    store.call(remove());
    expect(store.claims.size).toBe(0);
  });

  test('twice answers the first end', () => {
    store.call(end({ outcome: 'FAILED' }));
    store.now += HOUR;
    const answer = store.call(end({ outcome: 'COMPLETED', expectedVersion: 1 }));
    expect(answer).toMatchObject({ version: 2, header: { outcome: 'FAILED', endedAt: store.now - HOUR } });
    expect(store.last.changes).toBeNull();
  });

  test('of an expired session commits the expiry and leaves it as it is', () => {
    store.now += 21 * HOUR;
    const answer = store.call(end({ outcome: 'FAILED', metadata: { set: { m: 1 }, remove: [] } }));
    expect(answer).toMatchObject({ version: 1, header: { status: 'EXPIRED', outcome: null } });
    expect(store.life.details.metadata).toEqual({});
    expect(kinds()).toEqual(['DORMANT', 'EXPIRING', 'EXPIRED']);
    expect([...store.claims.keys()]).toEqual(['r/r1']);
  });

  test('of a lapsed session tells of the lapse first', () => {
    store.now += 11 * HOUR;
    store.call(end());
    expect(kinds()).toEqual(['DORMANT', 'ENDED']);
    expect(store.header?.generation).toBe(1);
  });

  test('after reopening tells of another end', () => {
    store.call(end());
    store.call(resume({ reopen: true }));
    store.call(end());
    expect(kinds()).toEqual(['ENDED', 'ENDED']);
    expect(new Set(store.events.map(({ eventId }) => eventId)).size).toBe(2);
  });
});

describe('Delete', () => {
  beforeEach(() => {
    store.call(start({ userId: 'ann', agentId: 'helper' }));
    store.call(append([aMessage(), aMessage()]));
  });

  test('leaves a tombstone with uid, version and last sequence that answers as not found', () => {
    const before = store.header;
    expect(store.call(remove())).toMatchObject({ removedCount: 2, version: 2 });
    expect(store.header).toMatchObject({
      isTombstone: true,
      uid: before?.uid,
      rev: 3,
      version: 2,
      lastSequence: 2,
      userId: '',
      agentId: '',
      dueAt: store.now + TOMBSTONE_MS,
    });
    expect(store.events).toMatchObject([{ kind: 'DELETED', userId: 'ann', agentId: 'helper' }]);
    for (const call of [access(), remove(), end(), touch(), update({ title: 'x' }), append(), sweep()]) {
      expect(store.refusal(call).reason).toBe('SESSION_NOT_FOUND');
    }
  });

  test('repeated under its id answers again', () => {
    const call = remove({ request: aRequest('r1', 'c', true) });
    store.call(call);
    expect(store.call(call)).toMatchObject({ isRepeated: true, removedCount: 2, version: 2 });
    expect(store.events).toHaveLength(1);
  });

  test('works in every status, after everything that time did', () => {
    store.now += 21 * HOUR;
    store.call(remove());
    expect(kinds()).toEqual(['DORMANT', 'EXPIRING', 'EXPIRED', 'DELETED']);
  });

  test('with a condition that does not hold is refused', () => {
    const refusal = store.refusal(remove({ expectedVersion: 1 }));
    expect(refusal).toMatchObject({ reason: 'VERSION_MISMATCH', metadata: { current_version: '2' } });
    expect(refusal.retryAfterMs).toBeUndefined();
  });
});

describe('the sweep', () => {
  test('tells of each deadline when it has passed, once', () => {
    store.call(start({ terms: { ttlMs: HOUR, dormantAfterMs: 10 * MINUTE } }));
    for (const [minutes, expected] of [
      [9, []],
      [11, ['DORMANT']],
      [55, ['DORMANT', 'EXPIRING']],
      [56, ['DORMANT', 'EXPIRING']],
      [61, ['DORMANT', 'EXPIRING', 'EXPIRED']],
    ] as const) {
      store.now = store.header!.createdAt + minutes * MINUTE;
      store.call(sweep());
      expect(kinds()).toEqual(expected);
    }
    expect(store.events.map(({ reason }) => reason)).toEqual(['IDLE', 'EXPIRING_LEAD', 'TTL']);
    expect(store.header?.version).toBe(1);
  });

  test('tells of a warning before the dormancy where it comes first', () => {
    store.call(start({ terms: { ttlMs: HOUR, dormantAfterMs: HOUR, expiringLeadMs: 30 * MINUTE } }));
    store.now += 2 * HOUR;
    store.call(sweep());
    expect(kinds()).toEqual(['EXPIRING', 'DORMANT', 'EXPIRED']);
    expect(store.events.map(({ deadlineAt }) => deadlineAt)).toEqual(Array(3).fill(store.header?.deadlines.expireAt));
  });

  test('warns of an expiry once, also where the terms leave it and come back to it', () => {
    store.call(start({ terms: { ttlMs: HOUR, maxTtlMs: HOUR } }));
    store.now += 55 * MINUTE;
    store.call(sweep());
    store.call(touch({ ttlMs: MINUTE }));
    store.call(touch({ ttlMs: HOUR, dormantAfterMs: HOUR }));
    store.call(sweep());
    expect(store.header?.dueAt).toBe(store.header?.deadlines.expireAt);
    store.now += 5 * MINUTE;
    store.call(sweep());
    expect(kinds()).toEqual(['EXPIRING', 'DORMANT', 'EXPIRED']);
  });

  test('never acts early: not within the uncertainty, not within the grace after an outage', () => {
    store.call(start());
    const { dormantAt } = store.header!.deadlines;
    store.uncertaintyMs = 1000;
    store.now = dormantAt + 999;
    store.call(sweep());
    expect(store.last.changes).toBeNull();
    store.outages = [{ from: dormantAt - 1, to: dormantAt + HOUR }];
    store.now = dormantAt + HOUR + MINUTE + 999;
    store.call(sweep());
    expect(store.last.changes).toBeNull();
    store.now += 1;
    store.call(sweep());
    expect(kinds()).toEqual(['DORMANT']);
  });

  test('purges an ended session after the retention', () => {
    store.call(start({}, { claims: ['r/r1'] }));
    store.call(end());
    store.now += 7 * 24 * HOUR - 1;
    store.call(sweep());
    expect(store.header?.isTombstone).toBe(false);
    store.now += 1;
    store.call(sweep());
    expect(store.header).toMatchObject({ isTombstone: true, version: 2, endReason: 'RETENTION' });
    expect(store.events.at(-1)).toMatchObject({ kind: 'DELETED', reason: 'RETENTION', deadlineAt: store.now });
    expect(store.claims.size).toBe(0);
  });

  test('corrects a due time that another writer left behind', () => {
    store.call(start());
    store.header = { ...store.header!, dueAt: 5 };
    store.call(sweep());
    expect(store.header.dueAt).toBe(store.header.deadlines.dormantAt);
    store.call(sweep());
    expect(store.last.changes).toBeNull();
  });
});
