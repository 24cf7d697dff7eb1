import { expect, test } from 'vitest';
import { SharedReads } from '../../../src/operations/engine/shared-reads.ts';

/** Reads whose answers the test gives, in the order in which they were sent. */
function openReads() {
  const reads = new SharedReads<number>();
  const sent: PromiseWithResolvers<number>[] = [];
  const ask = () => {
    const answer = Promise.withResolvers<number>();
    sent.push(answer);
    return answer.promise;
  };
  return { sent, read: (key = 'log') => reads.read(key, ask) };
}

test('who asks while a read is under way shares the next one, which is sent after all of them asked', async () => {
  const { sent, read } = openReads();
  const first = read();
  const others = [read(), read(), read()];
  expect(sent).toHaveLength(1);
  sent[0]?.resolve(1);
  expect(await first).toBe(1);
  await Promise.resolve();
  expect(sent).toHaveLength(2);
  const later = read();
  sent[1]?.resolve(2);
  expect(await Promise.all(others)).toEqual([2, 2, 2]);
  await Promise.resolve();
  sent[2]?.resolve(3);
  expect(await later).toBe(3);
});

test('a read that fails fails those who share it alone', async () => {
  const { sent, read } = openReads();
  const first = read();
  const next = read();
  sent[0]?.reject(new Error('away'));
  await expect(first).rejects.toThrow('away');
  await Promise.resolve();
  sent[1]?.resolve(2);
  expect(await next).toBe(2);
  const last = read();
  sent[2]?.resolve(3);
  expect(await last).toBe(3);
});

test('other keys are other reads, and each is sent anew once it was answered', async () => {
  const { sent, read } = openReads();
  const answers = [read('one'), read('other')];
  expect(sent).toHaveLength(2);
  for (const [place, { resolve }] of sent.entries()) resolve(place);
  expect(await Promise.all(answers)).toEqual([0, 1]);
  void read('one');
  expect(sent).toHaveLength(3);
});
