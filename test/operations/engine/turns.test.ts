import { expect, test } from 'vitest';
import { Turns } from '../../../src/operations/engine/turns.ts';

test('take: work under one key waits for what came before it, also where that failed', async () => {
  const turns = new Turns();
  const done: string[] = [];
  const work = (name: string) => async () => {
    await Promise.resolve();
    done.push(name);
    if (name === 'second') throw new Error(name);
    return name;
  };
  const first = turns.take('key', work('first'));
  const second = turns.take('key', work('second'));
  const third = turns.take('key', work('third'));
  await expect(second).rejects.toThrow('second');
  expect([await first, await third, done]).toEqual(['first', 'third', ['first', 'second', 'third']]);
});

test('take: work under another key waits for nobody', async () => {
  const turns = new Turns();
  void turns.take('key', () => new Promise(() => {}));
  expect(await turns.take('other', async () => 'done')).toBe('done');
});
