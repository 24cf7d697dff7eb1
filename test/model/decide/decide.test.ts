import { beforeEach, expect, test } from 'vitest';
import { decide } from '../../../src/model/decide/decide.ts';
import { access, addSummary, aMessage, append, aRequest, end, start } from './calls.ts';
import { PureStore } from './pure-store.ts';

let store: PureStore;
beforeEach(() => {
  store = new PureStore();
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
