import { beforeEach, expect, test } from 'vitest';
import { Breaker } from '../../../src/adapters/keyv/breaker.ts';

let now: number;
let breaker: Breaker;

beforeEach(() => {
  now = 0;
  breaker = new Breaker({ failuresMax: 3, pauseMs: 1000, now: () => now });
});

test('it opens after failures in a row, and says so once', () => {
  expect([breaker.fail(), breaker.fail(), breaker.isOpen, breaker.fail(), breaker.fail()]).toEqual([
    ...[false, false, false, true, false],
  ]);
  expect([breaker.isOpen, breaker.enter()]).toEqual([true, false]);
});

test('a success in between begins the count anew', () => {
  for (const settle of ['fail', 'fail', 'succeed', 'fail', 'fail'] as const) breaker[settle]();
  expect([breaker.isOpen, breaker.enter()]).toEqual([false, true]);
});

test('after the pause one call goes; its success closes it', () => {
  for (let round = 0; round < 3; round += 1) breaker.fail();
  now = 1000;
  expect([breaker.enter(), breaker.enter()]).toEqual([true, false]);
  expect([breaker.succeed(), breaker.succeed()]).toEqual([true, false]);
  expect([breaker.enter(), breaker.enter()]).toEqual([true, true]);
});

test('after the pause one call goes; its failure opens it again', () => {
  for (let round = 0; round < 3; round += 1) breaker.fail();
  now = 1000;
  breaker.enter();
  expect(breaker.fail()).toBe(false);
  now = 1999;
  expect(breaker.enter()).toBe(false);
  now = 2000;
  expect(breaker.enter()).toBe(true);
});
