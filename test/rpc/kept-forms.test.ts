import { expect, test } from 'vitest';
import type { StoredMessage } from '../../src/model/message.ts';
import { pbMessageFromStored } from '../../src/rpc/convert/message.ts';
import { KeptForms } from '../../src/rpc/kept-forms.ts';
import { messageCodec } from '../../src/rpc/message-codec.ts';
import { messageOf } from '../support/test-engine.ts';

const stored: StoredMessage = {
  ...{ sequence: 1, createdAt: 1_700_000_000_000, runId: 'run', role: 'USER', messageId: '', turnId: '', sentAt: null },
  ...{ tokenCount: 5, isTokenCountExact: false, hasFiles: false, startsTurn: true },
  body: messageCodec.encode(messageOf('USER', 'hello')),
};

test('a body is decoded once while its form is kept, and an equal one for itself', () => {
  expect(messageCodec.decode(stored.body)).toBe(messageCodec.decode(stored.body));
  expect(messageCodec.decode(new Uint8Array(stored.body))).not.toBe(messageCodec.decode(stored.body));
});

test('an answer’s message is kept, but for what the service has since set anew', () => {
  const message = pbMessageFromStored(stored);
  expect(pbMessageFromStored({ ...stored })).toBe(message);
  expect(pbMessageFromStored({ ...stored, tokenCount: 6 })).toMatchObject({ tokenCount: 6, sequence: 1 });
  expect(pbMessageFromStored({ ...stored, sequence: 2 })).toMatchObject({ tokenCount: 5, sequence: 2 });
  expect(pbMessageFromStored({ ...stored, runId: 'other' })).toMatchObject({ runId: 'other' });
  expect(pbMessageFromStored({ ...stored, createdAt: 1000 }).createTime?.seconds).toBe(1n);
  expect(message).toMatchObject({ tokenCount: 5, sequence: 1, runId: 'run' });
});

test('forms are kept within a bound of bytes, the latest used, and none that would take much of it', () => {
  const forms = new KeptForms<{ place: number }>(1024 * 1024);
  const bodies = Array.from({ length: 1000 }, () => new Uint8Array(1000));
  for (const [place, body] of bodies.entries()) {
    forms.keep(body, { place });
    forms.find(bodies[0]!);
  }
  const kept = bodies.filter((body) => forms.find(body) !== undefined);
  expect(kept.length).toBe(Math.floor((1024 * 1024) / (1024 + 3000)));
  expect([kept[0], kept.at(-1)]).toEqual([bodies[0], bodies[999]]);
  const [small, large] = [new Uint8Array(5000), new Uint8Array(5200)];
  for (const body of [small, large]) forms.keep(body, { place: 0 });
  expect([forms.find(small), forms.find(large)]).toEqual([{ place: 0 }, undefined]);
});
