import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Later } from '../../src/rpc/later.ts';

test('things are acted on so many turns after they came, each once, those of a turn in order', async () => {
  const seen: string[] = [];
  const later = new Later<string>(2, (thing) => seen.push(thing));
  later.add('one');
  later.add('two');
  await nextTurn();
  later.add('three');
  expect(seen).toEqual([]);
  await nextTurn();
  expect(seen).toEqual(['one', 'two']);
  await nextTurn();
  await nextTurn();
  expect(seen).toEqual(['one', 'two', 'three']);
});

test('what is added while others are acted on waits its own turns', async () => {
  const seen: number[] = [];
  const later: Later<number> = new Later(1, (thing) => {
    seen.push(thing);
    if (thing === 1) later.add(2);
  });
  later.add(1);
  await nextTurn();
  expect(seen).toEqual([1]);
  await nextTurn();
  expect(seen).toEqual([1, 2]);
});
