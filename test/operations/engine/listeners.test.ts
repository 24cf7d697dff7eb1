import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Listeners } from '../../../src/operations/engine/listeners.ts';

/** Adds some, each of which notes its place when it is called. */
function many(count: number) {
  const listeners = new Listeners();
  const called: number[] = [];
  const removals = Array.from({ length: count }, (_, place) => listeners.add(() => called.push(place)));
  return { listeners, called, removals };
}

const places = (count: number) => Array.from({ length: count }, (_, place) => place);

test('listeners: few are called at once', () => {
  const { listeners, called } = many(3);
  listeners.call();
  expect(called).toEqual([0, 1, 2]);
  listeners.call();
  expect(called).toEqual([0, 1, 2, 0, 1, 2]);
});

test('listeners: many are called over several turns, each of them once', async () => {
  const { listeners, called } = many(1000);
  listeners.call();
  expect(called.length).toBeLessThan(100);
  while (called.length < 1000) await nextTurn();
  await nextTurn();
  expect(called).toEqual(places(1000));
});

test('listeners: whoever waits for its turn is called once for what happened twice, whoever had it is called again', async () => {
  const { listeners, called } = many(200);
  listeners.call();
  const first = called.length;
  listeners.call();
  for (let turn = 0; turn < 10; turn += 1) await nextTurn();
  expect(called).toEqual([...places(200), ...places(first)]);
});

test('listeners: one that is removed before its turn is not called', async () => {
  const { listeners, called, removals } = many(200);
  listeners.call();
  removals[199]!();
  for (let turn = 0; turn < 10; turn += 1) await nextTurn();
  expect(called).toEqual(places(199));
});
