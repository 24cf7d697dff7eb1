import assert from 'node:assert/strict';
import type { AppendedMessage } from '../model/basis.ts';
import type { SessionHeader } from '../model/session.ts';
import { casesOf } from './contract-case.ts';
import { bytesOf, SAMPLE_AT, sampleMessage, sampleMessages } from './samples.ts';
import type { Stage } from './stage.ts';

/** Messages: what was appended comes back as it was, by range, by id and by turn. */
export const messageCases = casesOf('messages', {
  'a message comes back with every field as it was appended': async (stage) => {
    const appended = sampleMessage(1, {
      createdAt: SAMPLE_AT + 1,
      runId: 'run-9',
      role: 'TOOL',
      messageId: 'm-1',
      turnId: 'turn-1',
      sentAt: SAMPLE_AT - 5,
      tokenCount: 123_456,
      isTokenCountExact: false,
      hasFiles: true,
      startsTurn: false,
    });
    const { uid } = await beginWith(stage, [appended]);
    const { terms: _, ...expected } = appended;
    assert.deepEqual(await stage.read(uid), [expected]);
  },

  'bodies are kept byte for byte, the empty one and one of every byte too': async (stage) => {
    const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const bodies = [new Uint8Array(0), everyByte, bytesOf('naïve 🙂 \u0000 end')];
    const { uid } = await beginWith(
      stage,
      bodies.map((body, place) => sampleMessage(place + 1, { body })),
    );
    assert.deepEqual(
      (await stage.read(uid)).map(({ body }) => Uint8Array.from(body)),
      bodies,
    );
  },

  'a body that is a window on a larger buffer is kept as what it shows': async (stage) => {
    const window = bytesOf('before|body|after').subarray(7, 11);
    const { uid } = await beginWith(stage, [sampleMessage(1, { body: window })]);
    assert.deepEqual(Uint8Array.from((await stage.read(uid))[0]?.body ?? []), bytesOf('body'));
  },

  'each role is kept': async (stage) => {
    const roles = ['SYSTEM', 'DEVELOPER', 'USER', 'ASSISTANT', 'TOOL'] as const;
    const { uid } = await beginWith(
      stage,
      roles.map((role, place) => sampleMessage(place + 1, { role })),
    );
    assert.deepEqual(
      (await stage.read(uid)).map(({ role }) => role),
      roles,
    );
  },

  'a range excludes both of its ends': async (stage) => {
    const { uid } = await beginWith(stage, sampleMessages(1, 9));
    assert.deepEqual(await stage.sequences(uid, { afterSequence: 3, beforeSequence: 7 }), [4, 5, 6]);
    assert.deepEqual(await stage.sequences(uid, { afterSequence: 3, beforeSequence: 4 }), []);
    assert.deepEqual(await stage.sequences(uid, { afterSequence: 8 }), [9]);
    assert.deepEqual(await stage.sequences(uid, { afterSequence: 9 }), []);
    assert.deepEqual(await stage.sequences(uid, { beforeSequence: 1 }), []);
    assert.deepEqual(await stage.sequences(uid, { beforeSequence: 99 }), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  },

  'a limit counts from the oldest or the newest, and the answer ascends either way': async (stage) => {
    const { uid } = await beginWith(stage, sampleMessages(1, 9));
    assert.deepEqual(await stage.sequences(uid, { limit: 3 }), [1, 2, 3]);
    assert.deepEqual(await stage.sequences(uid, { limit: 3, from: 'newest' }), [7, 8, 9]);
    assert.deepEqual(await stage.sequences(uid, { limit: 3, from: 'newest', beforeSequence: 6 }), [3, 4, 5]);
    assert.deepEqual(await stage.sequences(uid, { limit: 2, afterSequence: 5, from: 'newest' }), [8, 9]);
    assert.deepEqual(await stage.sequences(uid, { limit: 99, from: 'newest' }), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  },

  'a bound in bytes keeps as many as fit, and one at least': async (stage) => {
    const { uid } = await beginWith(stage, sampleMessages(1, 5, { body: new Uint8Array(10) }));
    assert.deepEqual(await stage.sequences(uid, { bytesMax: 20 }), [1, 2]);
    assert.deepEqual(await stage.sequences(uid, { bytesMax: 29 }), [1, 2]);
    assert.deepEqual(await stage.sequences(uid, { bytesMax: 29, from: 'newest' }), [4, 5]);
    assert.deepEqual(await stage.sequences(uid, { bytesMax: 1 }), [1]);
    assert.deepEqual(await stage.sequences(uid, { bytesMax: 1, from: 'newest' }), [5]);
    assert.deepEqual(await stage.sequences(uid, { bytesMax: 1000, limit: 4 }), [1, 2, 3, 4]);
  },

  'pages after the last one read see each message once': async (stage) => {
    const { uid } = await beginWith(stage, sampleMessages(1, 23));
    const seen: number[] = [];
    for (let page: number[] = [0]; page.length > 0; seen.push(...page)) {
      page = await stage.sequences(uid, { afterSequence: seen.at(-1) ?? 0, limit: 5 });
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 23 }, (_, place) => place + 1),
    );
  },

  'messages of several commits follow each other': async (stage) => {
    const { uid } = await beginWith(stage, sampleMessages(1, 2));
    await stage.go('s', {}, { changes: { messages: sampleMessages(3, 3) } });
    await stage.go('s', {}, { changes: { messages: sampleMessages(4, 6) } });
    assert.deepEqual(await stage.sequences(uid), [1, 2, 3, 4, 5, 6]);
    assert.deepEqual(await stage.sequences(uid, { from: 'newest', limit: 4 }), [3, 4, 5, 6]);
  },

  'hidden ranges of the header do not keep the store from reading': async (stage) => {
    const { uid } = await beginWith(stage, sampleMessages(1, 4), { hidden: [[2, 3]] });
    assert.deepEqual(await stage.sequences(uid), [1, 2, 3, 4]);
  },

  'a uid that never was has no messages': async (stage) => {
    assert.deepEqual(await stage.read('nobody'), []);
    assert.deepEqual(await stage.store.messages.findById(stage.tenant, 'nobody', ['m']), []);
    assert.equal(await stage.store.messages.findTurn(stage.tenant, 'nobody', 't', 0), null);
  },

  'messages are found by their ids, ascending, and unknown ids are left out': async (stage) => {
    const messages = sampleMessages(1, 6).map((message) => ({ ...message, messageId: `m-${message.sequence % 4}` }));
    const { uid } = await beginWith(stage, messages);
    const find = async (...ids: string[]) =>
      (await stage.store.messages.findById(stage.tenant, uid, ids)).map(({ sequence }) => sequence);
    assert.deepEqual(await find('m-2', 'm-1', 'unknown'), [1, 2, 5, 6]);
    assert.deepEqual(await find('m-3', 'm-3'), [3]);
    assert.deepEqual(await find('unknown'), []);
    assert.deepEqual(await find(), []);
  },

  'messages without an id are not found by the empty one of another': async (stage) => {
    const { uid } = await beginWith(stage, [sampleMessage(1, { messageId: 'm' }), sampleMessage(2)]);
    const found = await stage.store.messages.findById(stage.tenant, uid, ['m']);
    assert.deepEqual(
      found.map(({ sequence }) => sequence),
      [1],
    );
  },

  'the first message of a turn above a sequence is found': async (stage) => {
    const turns = ['a', 'a', 'b', 'a', 'b', ''];
    const { uid } = await beginWith(
      stage,
      turns.map((turnId, place) => sampleMessage(place + 1, { turnId })),
    );
    const find = async (turnId: string, after: number) =>
      (await stage.store.messages.findTurn(stage.tenant, uid, turnId, after))?.sequence ?? null;
    assert.deepEqual([await find('a', 0), await find('a', 1), await find('a', 2)], [1, 2, 4]);
    assert.deepEqual([await find('b', 3), await find('b', 5), await find('c', 0)], [5, null, null]);
  },
});

function beginWith(
  stage: Stage,
  messages: AppendedMessage[],
  overrides: Partial<SessionHeader> = {},
): Promise<SessionHeader> {
  return stage.begin('s', overrides, { changes: { messages } });
}
