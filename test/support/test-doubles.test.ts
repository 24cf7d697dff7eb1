import { expect, test } from 'vitest';
import type { Message } from '../../src/model/message.ts';
import { jsonCodec } from './json-codec.ts';
import { ManualClock } from './manual-clock.ts';
import { SeededRandom } from './seeded-random.ts';

test('ManualClock: advance moves both clocks, a step only the wall', () => {
  const clock = new ManualClock(1000);
  clock.advance(5);
  clock.stepWall(-3);
  expect([clock.wallAt(), clock.monotonicMs()]).toEqual([1002, 5]);
});

test('SeededRandom: the same seed gives the same bytes, another seed others', () => {
  const bytesOf = (seed: number) => new SeededRandom(seed).bytes(32);
  expect(bytesOf(7)).toEqual(bytesOf(7));
  expect(bytesOf(7)).not.toEqual(bytesOf(8));
});

test('SeededRandom: integers stay below their bound and reach every value', () => {
  const random = new SeededRandom(1);
  const seen = new Set(Array.from({ length: 1000 }, () => random.integer(6)));
  expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5]);
});

const message: Message = {
  messageId: 'm-1',
  turnId: '',
  role: 'USER',
  author: 'Ada',
  parts: [
    { kind: 'text', text: 'see this' },
    { kind: 'file', mimeType: 'image/png', filename: 'a.png', data: new Uint8Array([0, 255, 128]) },
  ],
  tokenCount: 0,
  model: '',
  metadata: { nested: { list: [1, null] } },
  sentAt: null,
  requestId: '',
};

test('jsonCodec: a message with file bytes comes back as it was', () => {
  expect(jsonCodec.decode(jsonCodec.encode(message))).toEqual(message);
});

test('jsonCodec: bytes that are no message are STORE_CORRUPT', () => {
  expect(() => jsonCodec.decode(new Uint8Array([1, 2]))).toThrow(expect.objectContaining({ reason: 'STORE_CORRUPT' }));
});
