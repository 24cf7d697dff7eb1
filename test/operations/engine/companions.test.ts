import { afterEach, expect, test, vi } from 'vitest';
import { Companions } from '../../../src/operations/engine/companions.ts';
import { QueuedCall } from '../../../src/operations/engine/queued-call.ts';

function aCall(): QueuedCall {
  const call = { kind: 'settleTokens' as const, fresh: { uid: 'u', runId: 'r' }, rev: 1, counts: [] };
  const queued = new QueuedCall({ tenant: 't', sessionId: 's', call }, Number.POSITIVE_INFINITY);
  // Who submitted it may not care.
  queued.settled.catch(() => {});
  return queued;
}

afterEach(() => {
  vi.useRealTimers();
});

test('who waits is taken by the first that comes, and goes by itself when nobody came', async () => {
  vi.useFakeTimers();
  const companions = new Companions();
  const taken = aCall();
  const went: string[] = [];
  companions.wait('one', taken, 100, () => went.push('one'));
  companions.wait('other', aCall(), 100, () => went.push('other'));
  vi.advanceTimersByTime(99);
  expect(companions.take('one')).toBe(taken);
  expect(companions.take('one')).toBeNull();
  vi.advanceTimersByTime(1);
  expect(went).toEqual(['other']);
  expect(companions.take('other')).toBeNull();
});

test('a later one takes the place of the earlier, which is told', async () => {
  const companions = new Companions();
  const [earlier, later] = [aCall(), aCall()];
  companions.wait('s', earlier, 1000, () => {});
  companions.wait('s', later, 1000, () => {});
  await expect(earlier.settled).rejects.toThrow('took its place');
  expect(companions.take('s')).toBe(later);
});

test('who waits when the service stops is told, and goes nowhere', async () => {
  vi.useFakeTimers();
  const companions = new Companions();
  const call = aCall();
  const went: string[] = [];
  companions.wait('s', call, 100, () => went.push('s'));
  companions.close(new Error('the service stops'));
  await expect(call.settled).rejects.toThrow('the service stops');
  vi.advanceTimersByTime(1000);
  expect(went).toEqual([]);
});

test('ten thousand wait, and one more does not', () => {
  const companions = new Companions();
  const waits = (key: number) => companions.wait(`s${key}`, aCall(), 1000, () => {});
  expect(Array.from({ length: 10_000 }, (_, key) => waits(key))).not.toContain(false);
  expect(waits(10_000)).toBe(false);
  expect(waits(9_999)).toBe(true);
});
