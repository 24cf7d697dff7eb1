import { expect, test } from 'vitest';
import type { Basis } from '../../../src/model/basis.ts';
import type { StoredMessage } from '../../../src/model/message.ts';
import { accessSession } from '../../../src/operations/engine/access-session.ts';
import { heldMessages } from '../../../src/operations/engine/held-messages.ts';
import type { MessageRange, MessageStore } from '../../../src/ports/message-store.ts';
import { openTestEngine, say, startSession } from '../../support/test-engine.ts';

const COUNT = 9;

/** A session of 9 messages of different sizes, and the reads that reach its store. */
async function openSession() {
  const world = await openTestEngine();
  await startSession(world, { sessionId: 's' });
  for (let place = 1; place <= COUNT; place += 1) await say(world, 's', 'USER', 'x'.repeat((place * 37) % 50));
  const look = { sessionId: 's', peek: true, minVersion: 0, view: {} };
  const { basis, header } = await accessSession(world.engine, world.caller, look);
  const { messages } = world.store;
  const reads: MessageRange[] = [];
  const counted: MessageStore = {
    findById: (...args) => messages.findById(...args),
    findTurn: (...args) => messages.findTurn(...args),
    read(tenant, uid, range) {
      reads.push(range);
      return messages.read(tenant, uid, range);
    },
  };
  const all = await messages.read('acme', header.uid, span({}));
  const read = (store: MessageStore, range: MessageRange) => store.read('acme', header.uid, range);
  const holding = (newest: StoredMessage[]): Basis => ({ ...basis, newest });
  return { messages, counted, reads, all, holding, read, basis, uid: header.uid };
}

function span(fields: Partial<MessageRange>): MessageRange {
  return { afterSequence: 0, beforeSequence: 0, from: 'oldest', limit: 100, ...fields };
}

const upTo = (last: number, first = 0) => Array.from({ length: last - first + 1 }, (_, place) => first + place);

test.each(['oldest', 'newest'] as const)('read: every range from the %s answers as the store does', async (from) => {
  const { messages, counted, all, holding, read } = await openSession();
  const bounds = upTo(COUNT + 1).flatMap((after) => upTo(COUNT + 1).map((before) => [after, before] as const));
  for (const firstHeld of [1, 4, 9]) {
    const held = heldMessages(counted, holding(all.slice(firstHeld - 1)));
    for (const [afterSequence, beforeSequence] of bounds) {
      for (const limit of [1, 3, 100]) {
        for (const bytesMax of [undefined, 1, 250, 700]) {
          const range = span({ afterSequence, beforeSequence, from, limit, ...(bytesMax && { bytesMax }) });
          const [answer, truth] = [await read(held, range), await read(messages, range)];
          expect(answer, JSON.stringify({ firstHeld, range })).toEqual(truth);
        }
      }
    }
  }
});

test('read: what is held costs no read, and only what lies below is read', async () => {
  const { counted, reads, all, holding, read } = await openSession();
  const held = heldMessages(counted, holding(all.slice(4)));
  await read(held, span({ from: 'newest', limit: 5 }));
  await read(held, span({ afterSequence: 4 }));
  await read(held, span({ afterSequence: 6, beforeSequence: 8 }));
  expect(reads).toEqual([]);
  await read(held, span({ from: 'newest', limit: 7 }));
  await read(held, span({ afterSequence: 2 }));
  expect(reads).toEqual([
    { afterSequence: 0, beforeSequence: 5, from: 'newest', limit: 2 },
    { afterSequence: 2, beforeSequence: 5, from: 'oldest', limit: 100 },
  ]);
});

test('read: of a session that holds nothing, and of another life, the store is read', async () => {
  const { counted, reads, all, holding, basis } = await openSession();
  expect(await heldMessages(counted, basis).read('acme', basis.header?.uid ?? '', span({}))).toEqual(all);
  expect(await heldMessages(counted, holding(all)).read('acme', 'another', span({}))).toEqual([]);
  expect(reads).toHaveLength(2);
});

test('read: what a deletion took since the basis was read is not found, instead of a session without messages', async () => {
  const { messages, all, holding, read, basis } = await openSession();
  const emptied: MessageStore = { ...messages, read: async () => [] };
  for (const from of ['oldest', 'newest'] as const) {
    const notFound = { reason: 'SESSION_NOT_FOUND' };
    await expect(read(heldMessages(emptied, basis), span({ from }))).rejects.toMatchObject(notFound);
    const below = span({ from, beforeSequence: 5 });
    await expect(read(heldMessages(emptied, holding(all.slice(4))), below)).rejects.toMatchObject(notFound);
    expect(await read(heldMessages(emptied, basis), span({ from, afterSequence: COUNT }))).toEqual([]);
  }
});
