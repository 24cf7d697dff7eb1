import { beforeEach, expect, test } from 'vitest';
import { REQUEST_ID_WINDOW_MS, REQUEST_IDS_KEPT, REQUEST_IDS_MAX } from '../../../src/model/decide/request-memory.ts';
import { aMessage, append, aRequest, clear, end, start } from './calls.ts';
import { PureStore } from './pure-store.ts';

let store: PureStore;
beforeEach(() => {
  store = new PureStore();
  store.call(start());
});

function appendMany(name: string, count: number, isServerMade = false): void {
  for (let at = 0; at < count; at += 1) {
    store.call(append([aMessage()], { request: aRequest(`${name}${at}`, 'c', isServerMade) }));
  }
}

test('a repetition answers what the first call made, with the header of today', () => {
  store.now += 11 * 3_600_000;
  const call = append([aMessage(), aMessage()], { request: aRequest('r1') });
  store.call(call);
  store.call(append());
  store.call(clear());
  const answer = store.call(call);
  expect(answer).toMatchObject({
    isRepeated: true,
    sequences: [1, 2],
    version: 2,
    created: false,
    resumed: true,
    previousGeneration: 1,
    removedCount: 0,
  });
  expect(answer.header).toBe(store.header);
  expect(store.last.changes).toBeNull();
});

test('a repetition is answered though the session is over, and counts nothing', () => {
  const call = append([aMessage()], { request: aRequest('r1') });
  store.call(call);
  store.call(end());
  expect(store.call(call)).toMatchObject({ isRepeated: true, sequences: [1, 1] });
});

test('the same id with other content is refused', () => {
  store.call(append([aMessage()], { request: aRequest('r1', 'one') }));
  expect(store.refusal(append([aMessage()], { request: aRequest('r1', 'two') }))).toMatchObject({
    reason: 'REQUEST_ID_REUSED',
    field: 'request_id',
  });
});

test('failures are not remembered', () => {
  expect(store.refusal(append([aMessage()], { request: aRequest('r1'), expectedVersion: 7 })).reason).toBe(
    'VERSION_MISMATCH',
  );
  expect(store.call(append([aMessage()], { request: aRequest('r1') })).isRepeated).toBe(false);
});

test('the newest 256 are kept however old, an older one is forgotten after its window', () => {
  appendMany('a', REQUEST_IDS_KEPT + 1);
  expect(store.life.recorded).toHaveLength(REQUEST_IDS_KEPT + 1);
  store.now += REQUEST_ID_WINDOW_MS;
  appendMany('b', 1);
  expect(store.life.recorded).toHaveLength(REQUEST_IDS_KEPT);
  expect(store.life.recorded[0]?.digest).toBe('a2');
  expect(store.header?.requestIds).toEqual({ first: 3, next: REQUEST_IDS_KEPT + 3 });
});

test('one millisecond inside the window nothing of a caller is forgotten', () => {
  appendMany('a', REQUEST_IDS_KEPT + 10);
  store.now += REQUEST_ID_WINDOW_MS - 1;
  appendMany('b', 1);
  expect(store.life.recorded).toHaveLength(REQUEST_IDS_KEPT + 11);
});

test('ids of the server are forgotten beyond the newest 256 at once', () => {
  appendMany('a', REQUEST_IDS_KEPT + 40, true);
  expect(store.life.recorded).toHaveLength(REQUEST_IDS_KEPT);
});

test('more ids than can be kept inside the window are refused as OVERLOADED with a time to retry', () => {
  appendMany('a', REQUEST_IDS_MAX);
  store.now += 1000;
  expect(store.refusal(append([aMessage()], { request: aRequest('b') }))).toMatchObject({
    reason: 'OVERLOADED',
    retryAfterMs: REQUEST_ID_WINDOW_MS - 1000,
  });
  expect(store.call(append()).isRepeated).toBe(false);
  store.now += REQUEST_ID_WINDOW_MS;
  expect(store.call(append([aMessage()], { request: aRequest('b') })).isRepeated).toBe(false);
});

test('groups that go on and on keep the memory bounded', () => {
  for (let round = 0; round < 30; round += 1) {
    const calls = Array.from({ length: 40 }, (_, at) =>
      append([aMessage()], { request: aRequest(`${round}/${at}`, 'c', true) }),
    );
    store.group(calls);
  }
  expect(store.life.recorded.length).toBeLessThanOrEqual(REQUEST_IDS_KEPT + 16);
  expect(store.header?.lastSequence).toBe(1200);
});
