import { expect, test } from 'vitest';
import { KeptForms } from '../../src/rpc/kept-forms.ts';
import { messageCodec } from '../../src/rpc/message-codec.ts';
import { messageOf } from '../support/test-engine.ts';

const body = messageCodec.encode(messageOf('USER', 'hello'));

test('a body is decoded once while its form is kept, and an equal one for itself', () => {
  expect(messageCodec.decode(body)).toBe(messageCodec.decode(body));
  expect(messageCodec.decode(new Uint8Array(body))).not.toBe(messageCodec.decode(body));
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
