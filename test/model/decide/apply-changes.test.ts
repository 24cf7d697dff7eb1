import { expect, test } from 'vitest';
import { applyChanges } from '../../../src/model/decide/apply-changes.ts';
import { decide } from '../../../src/model/decide/decide.ts';
import { aMessage, append, aRequest, remove, start } from './calls.ts';
import { PureStore } from './pure-store.ts';

const toolMessage = () => aMessage({ toolCalls: [{ callId: 'c1', name: 'f' }] });

test('what a call wrote is the basis of the next, its request id and tool calls too', () => {
  const store = new PureStore();
  store.call(start({ state: { a: 1 } }));
  const call = append([toolMessage()], { request: aRequest('r1'), state: { set: { b: 2 }, remove: [] } });
  const basis = store.load(call);
  const { changes } = decide(basis, call, store.time, store.settings);
  const after = applyChanges(basis, changes!);
  expect(after).toMatchObject({ header: { lastSequence: 1, version: 2 }, state: { a: 1, b: 2 } });
  expect([...after.recorded.keys()]).toEqual(['r1']);
  expect([...after.toolCalls.keys()]).toEqual(['c1']);
  expect(after.oldestRecorded).toMatchObject([{ number: 1 }]);
  const again = decide(after, call, store.time, store.settings);
  expect(again).toMatchObject({ changes: null, outcome: { answer: { isRepeated: true, sequences: [1, 1] } } });
});

test('nothing of a deleted session is seen by what comes after it', () => {
  const store = new PureStore();
  store.call(start());
  const call = append([toolMessage()], { request: aRequest('r1') });
  store.call(call);
  const basis = { ...store.load(call), state: { a: 1 } };
  const { changes } = decide(basis, remove(), store.time, store.settings);
  const after = applyChanges(basis, changes!);
  expect(after).toMatchObject({ header: { isTombstone: true }, oldestRecorded: [] });
  expect([after.state, after.recorded.size, after.toolCalls.size]).toEqual([undefined, 0, 0]);
});

test('held messages go on with what a call appends, without its terms, and with the counts that it makes exact', () => {
  const store = new PureStore();
  store.call(start());
  const call = append([aMessage({ terms: ['one'] })]);
  const first = applyChanges(
    { ...store.load(call), newest: [] },
    decide(store.load(call), call, store.time, store.settings).changes!,
  );
  expect(first.newest).toMatchObject([{ sequence: 1 }]);
  expect(first.newest?.[0]).not.toHaveProperty('terms');
  const { changes } = decide(first, call, store.time, store.settings);
  const second = applyChanges(first, { ...changes!, tokenCounts: [{ sequence: 1, tokenCount: 77 }] });
  expect(second.newest).toMatchObject([{ sequence: 1, tokenCount: 77, isTokenCountExact: true }, { sequence: 2 }]);
});
