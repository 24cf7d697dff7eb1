import { expect, test } from 'vitest';
import type { BatchResult } from '../../../src/adapters/sqlite/batch.ts';
import type { Write } from '../../../src/adapters/sqlite/write.ts';
import { DEFAULT_QUEUE_LIMITS, UnknownOutcome, WriteQueue } from '../../../src/adapters/sqlite/write-queue.ts';

const beat = (at: number) => ({ kind: 'beat', instanceId: 'one', at }) as const;

/** A runner that answers a batch when the test says so. */
function slowRunner() {
  const batches: { writes: readonly Write[]; answer: (result?: BatchResult) => void }[] = [];
  const run = (writes: readonly Write[]) =>
    new Promise<BatchResult>((resolve) => {
      const committed: BatchResult = { state: 'committed', results: writes.map(() => ({ answer: null })) };
      batches.push({ writes, answer: (result = committed) => resolve(result) });
    });
  return { batches, run };
}

const nextTurn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
const failure = { reason: 'STORE_UNAVAILABLE', message: 'the disk failed', retryAfterMs: 1000, cause: '' } as const;

test('what is submitted in one turn goes as one batch, in order', async () => {
  const runner = slowRunner();
  const queue = new WriteQueue(runner);
  const answers = Promise.all([1, 2, 3].map((at) => queue.submit<'beat'>(beat(at))));
  await nextTurn();
  expect(runner.batches.map(({ writes }) => writes)).toEqual([[beat(1), beat(2), beat(3)]]);
  runner.batches[0]?.answer();
  expect(await answers).toEqual([null, null, null]);
});

test('enough writes are sent before the turn is over, one fewer waits for its end', async () => {
  const runner = slowRunner();
  const queue = new WriteQueue(runner, { ...DEFAULT_QUEUE_LIMITS, enough: 3 });
  for (let at = 1; at <= 2; at++) void queue.submit<'beat'>(beat(at));
  expect(runner.batches).toEqual([]);
  for (let at = 3; at <= 5; at++) void queue.submit<'beat'>(beat(at));
  expect(runner.batches.map(({ writes }) => writes.length)).toEqual([3]);
  await nextTurn();
  expect(runner.batches.map(({ writes }) => writes.length)).toEqual([3, 2]);
});

test('while two batches are under way the rest gathers into the next one', async () => {
  const runner = slowRunner();
  const queue = new WriteQueue(runner);
  for (let at = 1; at <= 6; at++) {
    void queue.submit<'beat'>(beat(at));
    await nextTurn();
  }
  expect(runner.batches.map(({ writes }) => writes.length)).toEqual([1, 1]);
  runner.batches[0]?.answer();
  await nextTurn();
  expect(runner.batches.map(({ writes }) => writes.length)).toEqual([1, 1, 4]);
});

test('a batch holds at most batchMax writes and batchBytesMax bytes', async () => {
  const runner = slowRunner();
  const queue = new WriteQueue(runner, { ...DEFAULT_QUEUE_LIMITS, batchMax: 2 });
  for (let at = 1; at <= 5; at++) void queue.submit<'beat'>(beat(at));
  await nextTurn();
  expect(runner.batches.map(({ writes }) => writes.length)).toEqual([2, 2]);
});

test('one write more than may wait is OVERLOADED and says when to come back', async () => {
  const runner = slowRunner();
  const queue = new WriteQueue(runner, { ...DEFAULT_QUEUE_LIMITS, waitingMax: 2 });
  void queue.submit<'beat'>(beat(1));
  void queue.submit<'beat'>(beat(2));
  await expect(queue.submit<'beat'>(beat(3))).rejects.toMatchObject({ reason: 'OVERLOADED', retryAfterMs: 250 });
  await nextTurn();
  void queue.submit<'beat'>(beat(4));
  await nextTurn();
  expect(runner.batches.map(({ writes }) => writes.length)).toEqual([2, 1]);
});

test('bytes count against the bound, and one write is taken whatever its size', async () => {
  const runner = slowRunner();
  const queue = new WriteQueue(runner, { ...DEFAULT_QUEUE_LIMITS, waitingBytesMax: 300 });
  void queue.submit<'beat'>(beat(1));
  await expect(queue.submit<'beat'>(beat(2))).rejects.toMatchObject({ reason: 'OVERLOADED' });
  const tiny = new WriteQueue(runner, { ...DEFAULT_QUEUE_LIMITS, waitingBytesMax: 1 });
  void tiny.submit<'beat'>(beat(1));
  await nextTurn();
  expect(runner.batches.length).toBe(2);
});

test('a write that is aborted while it waits is never sent', async () => {
  const runner = slowRunner();
  const queue = new WriteQueue(runner);
  const abort = new AbortController();
  const aborted = queue.submit<'beat'>(beat(1), abort.signal);
  void queue.submit<'beat'>(beat(2));
  abort.abort(new Error('the caller left'));
  await expect(aborted).rejects.toThrow('the caller left');
  expect(runner.batches.map(({ writes }) => writes)).toEqual([[beat(2)]]);
});

test('a COMMIT that failed leaves every write of its batch unknown, and no other', async () => {
  const runner = slowRunner();
  const queue = new WriteQueue(runner);
  const first = queue.submit<'beat'>(beat(1));
  await nextTurn();
  const second = queue.submit<'beat'>(beat(2));
  await nextTurn();
  runner.batches[0]?.answer({ state: 'unknown', error: failure });
  runner.batches[1]?.answer();
  await expect(first).rejects.toBeInstanceOf(UnknownOutcome);
  expect(await second).toBe(null);
});

test('a batch that wrote nothing fails with the reason', async () => {
  const runner = slowRunner();
  const queue = new WriteQueue(runner);
  const answer = queue.submit<'beat'>(beat(1));
  await nextTurn();
  runner.batches[0]?.answer({ state: 'failed', error: failure });
  await expect(answer).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE', retryAfterMs: 1000 });
});

test('closing waits for what was submitted and refuses what comes later', async () => {
  const runner = slowRunner();
  const queue = new WriteQueue(runner);
  const before = queue.submit<'beat'>(beat(1));
  let isClosed = false;
  const closing = queue.close().then(() => {
    isClosed = true;
  });
  await expect(queue.submit<'beat'>(beat(2))).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' });
  await nextTurn();
  expect(isClosed).toBe(false);
  runner.batches[0]?.answer();
  await closing;
  expect(await before).toBe(null);
});
