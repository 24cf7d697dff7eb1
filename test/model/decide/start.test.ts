import { beforeEach, describe, expect, test } from 'vitest';
import { addSummary, aMessage, append, aRequest, aSpec, end, remove, report, start, sweep } from './calls.ts';
import { PureStore } from './pure-store.ts';

const HOUR = 3_600_000;
let store: PureStore;
beforeEach(() => {
  store = new PureStore();
});

test('a new session is ACTIVE at version 1 of generation 1, with the spec as its content', () => {
  const answer = store.call(
    start({ userId: 'ann', title: 'Trip', labels: { a: 'b' }, metadata: { m: 1 }, state: { s: 2 }, model: 'm' }),
  );
  expect(answer).toMatchObject({ version: 1, created: true, resumed: false, previousGeneration: 0, sequences: null });
  expect(store.header).toMatchObject({
    status: 'ACTIVE',
    generation: 1,
    rev: 1,
    lastSequence: 0,
    userId: 'ann',
    model: 'm',
  });
  expect(store.header?.createdAt).toBe(store.now);
  expect(store.header?.dueAt).toBe(store.header?.deadlines.dormantAt);
  expect(store.life.details).toEqual({ title: 'Trip', labels: { a: 'b' }, metadata: { m: 1 }, errorMessage: '' });
  expect(store.life.state).toEqual({ s: 2 });
});

test('state over its limit is refused with limit, value and maximum', () => {
  const refusal = store.refusal(start({ state: { big: 'x'.repeat(32 * 1024) } }));
  expect(refusal).toMatchObject({
    reason: 'LIMIT_EXCEEDED',
    field: 'state',
    metadata: { limit: 'state_bytes', value: String(32 * 1024 + 10), max: String(32 * 1024) },
  });
  expect(store.header).toBeNull();
});

describe('on a live session', () => {
  beforeEach(() => {
    store.call(start({ userId: 'ann' }));
  });

  test('FAIL is refused with SESSION_EXISTS', () => {
    expect(store.refusal(start())).toMatchObject({ reason: 'SESSION_EXISTS', metadata: { session_id: 'chat' } });
  });

  test('RETURN answers it as it is and slides nothing', () => {
    store.now += HOUR;
    const answer = store.call(start({ ifExists: 'RETURN' }));
    expect(answer).toMatchObject({ created: false, resumed: false, version: 1 });
    expect(store.last.changes).toBeNull();
  });

  test.each(['RESUME', 'RESTART'] as const)('%s revives a dormant one with its history and its version', (ifExists) => {
    store.call(append());
    store.now += 11 * HOUR;
    const answer = store.call(start({ ifExists }));
    expect(answer).toMatchObject({ created: false, resumed: true, version: 2, previousGeneration: 1 });
    expect(store.header).toMatchObject({ status: 'ACTIVE', generation: 2, lastSequence: 1 });
    expect(store.events.map(({ kind }) => kind)).toEqual(['DORMANT']);
    expect(store.visible).toHaveLength(1);
  });

  test('a user that is not its own finds nothing, whatever if_exists says', () => {
    for (const ifExists of ['FAIL', 'RETURN', 'RESUME', 'RESTART'] as const) {
      expect(store.refusal(start({ userId: 'bob', ifExists })).reason).toBe('SESSION_NOT_FOUND');
    }
    expect(store.call(start({ userId: 'ann', ifExists: 'RETURN' })).created).toBe(false);
  });
});

test('a session without a user is not the one of a user who asks for it', () => {
  store.call(start());
  expect(store.refusal(start({ userId: 'ann', ifExists: 'RETURN' })).reason).toBe('SESSION_NOT_FOUND');
});

describe('on a session that is over', () => {
  beforeEach(() => {
    store.call(start({ title: 'Old', state: { s: 1 } }, { claims: ['r/first', 'k/chat'] }));
    store.call(append([aMessage({ toolCalls: [{ callId: 'c1', name: 'f' }] }), aMessage()]));
    store.call(addSummary());
    store.call(report({ error: { message: 'broken' } }));
  });

  test('RETURN answers an ENDED one, FAIL and RESUME are refused', () => {
    store.call(end());
    expect(store.call(start({ ifExists: 'RETURN' })).header.status).toBe('ENDED');
    expect(store.refusal(start()).reason).toBe('SESSION_EXISTS');
    expect(store.refusal(start({ ifExists: 'RESUME' })).reason).toBe('SESSION_ENDED');
  });

  test('RESUME of an expired one commits the expiry, then is refused', () => {
    store.now += 21 * HOUR;
    expect(store.refusal(start({ ifExists: 'RESUME' })).reason).toBe('SESSION_EXPIRED');
    expect(store.header?.status).toBe('EXPIRED');
  });

  test('RESTART begins the next generation empty, with version and numbers going on', () => {
    store.now += 21 * HOUR;
    const uid = store.header?.uid;
    const answer = store.call(start({ title: 'New', ifExists: 'RESTART' }));
    expect(answer).toMatchObject({ created: true, resumed: false, version: 4, previousGeneration: 1 });
    expect(store.events.map(({ kind }) => kind)).toEqual(['DORMANT', 'EXPIRING', 'EXPIRED']);
    expect(store.header).toMatchObject({
      uid,
      status: 'ACTIVE',
      generation: 2,
      lastSequence: 2,
      hidden: [[1, 2]],
      createdAt: store.now,
      endedAt: null,
      purgeAt: null,
    });
    expect(store.header?.counters).toMatchObject({ messageCount: 0, toolCallCount: 0, errorCount: 0, summaryCount: 0 });
    expect(store.life).toMatchObject({ state: {}, summaries: [], details: { title: 'New' } });
    expect(store.life.activity.errorCount).toBe(0);
    expect(store.call(append()).sequences).toEqual([3, 3]);
  });

  test('what a restart hid is discarded after the retention', () => {
    store.call(end());
    store.call(start({ ifExists: 'RESTART', terms: { neverExpires: true } }));
    store.now += 7 * 24 * HOUR - 1;
    store.call(sweep());
    expect(store.life.messages).toHaveLength(2);
    store.now += 1;
    store.call(sweep());
    expect(store.life.messages).toHaveLength(0);
    expect(store.header?.discard).toBeNull();
  });

  test('a second restart keeps the first discard, and its own leftovers follow a retention later', () => {
    const day = 24 * HOUR;
    store.call(end());
    store.call(start({ ifExists: 'RESTART', terms: { neverExpires: true } }));
    store.now += day;
    store.call(append());
    store.call(end());
    store.call(start({ ifExists: 'RESTART', terms: { neverExpires: true } }));
    store.now += 6 * day;
    store.call(sweep());
    expect(store.life.messages.map(({ sequence }) => sequence)).toEqual([3]);
    expect(store.header?.discard).toEqual({ through: 3, at: store.now + 7 * day });
    store.now += 7 * day;
    store.call(sweep());
    expect(store.life.messages).toEqual([]);
  });

  test('RESTART gives the conversation of the earlier start back, keeps its request id and takes its own claims', () => {
    store.call(end());
    store.call(start({ ifExists: 'RESTART' }, { claims: ['r/second', 'k/other'] }));
    expect([...store.claims.keys()].sort()).toEqual(['k/other', 'r/first', 'r/second']);
    expect(store.header?.claims).toEqual(['r/second', 'r/first', 'k/other']);
  });

  test.each(['RETURN', 'RESUME', 'RESTART'] as const)('%s of a live one leaves the request id to it', (ifExists) => {
    store.call(start({ ifExists }, { claims: ['k/chat', 'r/second'] }));
    expect(store.header?.claims).toEqual(['r/first', 'r/second', 'k/chat']);
    expect(store.claims.has('r/second')).toBe(true);
  });

  test('a request id that another session has is not taken', () => {
    store.claims.set('r/second', { key: 'r/second', sessionId: 'other', uid: 'other' });
    const refusal = store.refusal(start({ ifExists: 'RESUME' }, { claims: ['r/second'] }));
    expect(refusal).toMatchObject({ reason: 'SESSION_EXISTS', metadata: { session_id: 'other' } });
  });

  test('the first request id and the newest 15 others are held, however many Starts find the session', () => {
    const finds = (first: number, last: number) => {
      for (let place = first; place <= last; place += 1)
        store.call(start({ ifExists: 'RETURN' }, { request: aRequest(`find-${place}`), claims: [`r/find-${place}`] }));
    };
    finds(1, 15);
    expect(store.header?.claims).toHaveLength(17);
    expect(store.header?.claims.slice(0, 2)).toEqual(['r/first', 'r/find-1']);
    finds(16, 16);
    expect(store.header?.claims).toHaveLength(17);
    expect(store.header?.claims.slice(0, 2)).toEqual(['r/first', 'r/find-2']);
    expect([store.claims.has('r/find-1'), store.claims.has('r/find-16')]).toEqual([false, true]);
  });
});

test('over a tombstone the session gets a uid of its own and goes on from version and numbers', () => {
  store.call(start());
  store.call(append());
  store.call(remove());
  const buried = store.header;
  store.call(start());
  expect(store.header?.uid).not.toBe(buried?.uid);
  expect(store.header).toMatchObject({ version: 3, generation: 1, lastSequence: 1, isTombstone: false, rev: 4 });
  expect(store.call(append()).sequences).toEqual([2, 2]);
  expect(store.visible.map(({ sequence }) => sequence)).toEqual([2]);
});

test('a claim that another session holds refuses the start and names the holder', () => {
  store.claims.set('k/chat', { key: 'k/chat', sessionId: 'other', uid: 'x' });
  expect(store.refusal(start({ ifExists: 'RESUME' }, { claims: ['k/chat'] }))).toMatchObject({
    reason: 'SESSION_EXISTS',
    metadata: { session_id: 'other' },
  });
});

test('the request id of the start that made a session is known as long as the session', () => {
  const first = start({}, { request: aRequest('r1'), claims: ['r/r1'] });
  store.call(first);
  for (let place = 0; place < 300; place += 1) store.call(append([aMessage()], { request: aRequest(`a${place}`) }));
  store.now += HOUR;
  for (let place = 0; place < 300; place += 1) store.call(append([aMessage()], { request: aRequest(`b${place}`) }));
  expect(store.life.recorded.length).toBe(301);
  const answer = store.call({ ...first });
  expect(answer).toMatchObject({ isRepeated: true, created: true, version: 1 });
  expect(answer.header.version).toBe(601);
  expect(store.refusal(start({}, { request: aRequest('r1', 'other') })).reason).toBe('REQUEST_ID_REUSED');
});

test('an append with start_if_missing makes the session and counts one version', () => {
  const answer = store.call(
    append([aMessage()], { startIfMissing: { spec: aSpec({ ifExists: 'RESTART' }), claims: ['k/chat'] } }),
  );
  expect(answer).toMatchObject({ created: true, version: 1, sequences: [1, 1] });
  expect(store.claims.has('k/chat')).toBe(true);
  store.now += 21 * HOUR;
  const again = store.call(
    append([aMessage()], { startIfMissing: { spec: aSpec({ ifExists: 'RESTART' }), claims: [] } }),
  );
  expect(again).toMatchObject({ created: true, version: 2, sequences: [2, 2] });
  expect(store.visible).toHaveLength(1);
});

test('a condition on the version of a missing session does not hold', () => {
  const refusal = store.refusal(
    append([aMessage()], { startIfMissing: { spec: aSpec({ ifExists: 'RESTART' }), claims: [] }, expectedVersion: 3 }),
  );
  expect(refusal).toMatchObject({ reason: 'VERSION_MISMATCH', metadata: { current_version: '0' } });
});
