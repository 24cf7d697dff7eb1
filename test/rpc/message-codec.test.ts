import fc from 'fast-check';
import { expect, test } from 'vitest';
import { messageCodec } from '../../src/rpc/message-codec.ts';
import { anyMessage } from './any-message.ts';

test('a message comes back as it was', () => {
  fc.assert(
    fc.property(anyMessage, (given) => {
      const decoded = messageCodec.decode(messageCodec.encode(given));
      expect(decoded).toEqual(given);
    }),
  );
});

test.each([
  ['bytes that are no message', Uint8Array.of(0x0a, 9, 1)],
  ['a message without role', new Uint8Array()],
])('%s are STORE_CORRUPT', (_, body) => {
  expect(() => messageCodec.decode(body)).toThrow(expect.objectContaining({ reason: 'STORE_CORRUPT' }));
});
