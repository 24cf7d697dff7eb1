import assert from 'node:assert/strict';
import type { JsonObject } from '../model/json.ts';
import type { SequenceRange } from '../model/session.ts';
import { casesOf } from './contract-case.ts';
import { sampleMessage, sampleMessages, sampleSummary } from './samples.ts';

/** The largest values that the service lets through are stored like any other. */
export const limitCases = casesOf('limits', {
  'a batch of 500 messages is one commit': async (stage) => {
    const { uid } = await stage.begin('s', {}, { changes: { messages: sampleMessages(1, 500) } });
    assert.equal((await stage.read(uid)).length, 500);
    assert.deepEqual(await stage.sequences(uid, { from: 'newest', limit: 1 }), [500]);
  },

  'a message of 1 MiB and a batch of 3 MiB are kept byte for byte': async (stage) => {
    const bodies = [1, 2, 3].map((seed) => noise(1024 * 1024, seed));
    const messages = bodies.map((body, place) => sampleMessage(place + 1, { body }));
    const { uid } = await stage.begin('s', {}, { changes: { messages } });
    const stored = await stage.read(uid);
    assert.ok(stored.every(({ body }, place) => Buffer.compare(body, bodies[place]!) === 0));
  },

  'a message of 5,000 distinct terms is found by the first and the last': async (stage) => {
    const terms = Array.from({ length: 5000 }, (_, place) => `term${place}`);
    await stage.begin('s', {}, { changes: { messages: [sampleMessage(1, { terms })] } });
    for (const term of ['term0', 'term4999']) {
      const hits = await stage.store.search.find(stage.tenant, { terms: [term], scope: {}, limit: 9 });
      assert.equal(hits.length, 1, term);
    }
  },

  'state, metadata and labels at their limits come back': async (stage) => {
    const state: JsonObject = { text: 'ü'.repeat(16_000), deep: nested(30) };
    const labels = Object.fromEntries(
      Array.from({ length: 32 }, (_, place) => [`${place}`.padStart(64, 'k'), 'v'.repeat(128)]),
    );
    const details = { title: 'T'.repeat(1000), labels, metadata: state, errorMessage: 'E'.repeat(4000) };
    await stage.begin('s', {}, { changes: { state, details } });
    const basis = await stage.load('s', { state: true, details: true });
    assert.deepEqual([basis.state, basis.details], [state, details]);
  },

  'numbers come back exactly, whole or not, small or large': async (stage) => {
    const state = { whole: Number.MAX_SAFE_INTEGER, tiny: 5e-324, huge: 1.797e308, negative: -0.1, third: 1 / 3 };
    const deadlines = { dormantAt: 8.64e15, expireAt: 8.64e15, maxExpireAt: 0, warnAt: 0 };
    const header = await stage.begin('s', { deadlines, version: 2 ** 32 - 1, dueAt: 8.64e15 }, { changes: { state } });
    assert.deepEqual((await stage.load('s', { state: true })).state, state);
    assert.deepEqual(await stage.header('s'), header);
  },

  '256 hidden ranges and 16 long summaries come back, and hide': async (stage) => {
    const hidden = Array.from({ length: 256 }, (_, place): SequenceRange => [place * 2 + 2, place * 2 + 2]);
    const summaries = Array.from({ length: 16 }, (_, place) => sampleSummary(place + 1, place + 1, 'x'.repeat(8000)));
    const messages = sampleMessages(1, 514, { terms: ['x'] });
    const { uid } = await stage.begin('s', { hidden }, { changes: { messages, summaries } });
    assert.deepEqual((await stage.header('s')).hidden, hidden);
    assert.deepEqual(await stage.store.sessions.summaries(stage.tenant, uid), summaries);
    const hits = await stage.store.search.find(stage.tenant, { terms: ['x'], scope: {}, limit: 999 });
    assert.deepEqual(
      hits.map(({ message }) => message.sequence % 2 === 1 || message.sequence === 514),
      Array(258).fill(true),
    );
  },

  'a session of 5,000 messages reads from both ends': async (stage) => {
    const { uid } = await stage.begin('s', {}, { changes: { messages: sampleMessages(1, 2500) } });
    await stage.go('s', {}, { changes: { messages: sampleMessages(2501, 5000) } });
    assert.deepEqual(await stage.sequences(uid, { limit: 2 }), [1, 2]);
    assert.deepEqual(await stage.sequences(uid, { limit: 2, from: 'newest' }), [4999, 5000]);
    assert.deepEqual(await stage.sequences(uid, { afterSequence: 2499, beforeSequence: 2502 }), [2500, 2501]);
  },
});

/** Returns bytes that do not compress, the same for the same seed. */
function noise(length: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
    return state >>> 16;
  });
}

function nested(depth: number): JsonObject {
  return depth === 0 ? { end: [null, true, ''] } : { inner: nested(depth - 1) };
}
