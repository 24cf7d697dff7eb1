import { beforeEach, expect, test } from 'vitest';
import { openMemoryStore } from '../../src/adapters/memory/store.ts';
import { type BuildContextInput, buildContext } from '../../src/operations/build-context.ts';
import { get } from '../../src/operations/get.ts';
import { type ListMessagesInput, listMessages } from '../../src/operations/list-messages.ts';
import { rewind } from '../../src/operations/rewind.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { keepNewestBesideHeader, type TailedStore } from '../support/newest-beside-header.ts';
import { openTestEngine, say, startSession, type TestEngine, textsOf } from '../support/test-engine.ts';

const HELD = 32;

let tailed: TailedStore;
let world: TestEngine;

beforeEach(async () => {
  const clock = new ManualClock();
  tailed = keepNewestBesideHeader(openMemoryStore({ clock }), HELD);
  world = await openTestEngine({ clock, store: tailed.store });
  await startSession(world, { sessionId: 's' });
});

/** Fills the session; the tokens are told, so that no count is kept in the background. */
async function fill(count: number, first: 'SYSTEM' | 'USER' = 'USER'): Promise<void> {
  for (let place = 1; place <= count; place += 1) {
    const role = place === 1 ? first : place % 2 === 0 ? 'USER' : 'ASSISTANT';
    await say(world, 's', role, `${place}`, { message: { tokenCount: 1 } });
  }
  tailed.loads.length = 0;
  tailed.reads.length = 0;
}

function context(fields: Partial<BuildContextInput> = {}) {
  const none = { systemPrompt: '', omitSummaries: false, includeFiles: false, ifTagNot: '', minVersion: 0 };
  const input = { sessionId: 's', tokenLimit: 0, maxMessages: 20, format: 'NEUTRAL', strategy: 'RECENT', peek: true };
  return buildContext(world.engine, world.caller, { ...none, ...input, ...fields } as BuildContextInput);
}

function list(fields: Partial<ListMessagesInput> = {}) {
  const filter = { messageIds: [], roles: [], sentAfter: null, afterSequence: 0, beforeSequence: 0, last: 0 };
  const input = { sessionId: 's', minVersion: 0, includeSummaries: false, includeFiles: false, peek: true };
  return listMessages(world.engine, world.caller, { ...filter, ...input, pageSize: 0, pageToken: '', ...fields });
}

test.each([20, 200])('context: of 20 messages is one call of the store in a session of %d', async (count) => {
  await fill(count);
  const { messages } = await context();
  // A context begins with a USER message.
  expect(messages.map(({ sequence }) => sequence).slice(-19)).toEqual(
    Array.from({ length: 19 }, (_, place) => count - 18 + place),
  );
  expect([tailed.loads, tailed.reads]).toEqual([['s'], []]);
});

test('context: what leads an old session is read once, and again when it is out of sight', async () => {
  await fill(100, 'SYSTEM');
  const pinnedOf = async () => textsOf((await context()).messages.slice(0, 1));
  expect(await pinnedOf()).toEqual(['1']);
  expect(tailed.reads).toHaveLength(1);
  expect(await pinnedOf()).toEqual(['1']);
  expect(tailed.reads).toHaveLength(1);
  const cut = { kind: 'throughSequence', sequence: 0 } as const;
  await rewind(world.engine, world.caller, { sessionId: 's', requestId: '', expectedVersion: 0, cut });
  await fill(40);
  expect((await pinnedOf())[0]).not.toBe('1');
});

test('context: reads on below what is held', async () => {
  await fill(60);
  expect((await context({ maxMessages: 50 })).messages).toHaveLength(49);
  expect(tailed.reads.map(({ beforeSequence }) => beforeSequence)).toEqual([29]);
});

test('list: the newest page is one call of the store, and so is what came after a known message', async () => {
  await fill(100);
  expect((await list({ last: 20 })).messages).toHaveLength(20);
  expect((await list({ afterSequence: 90 })).messages).toHaveLength(10);
  expect([tailed.loads, tailed.reads]).toEqual([['s', 's'], []]);
  expect((await list({ pageSize: 5 })).messages.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
});

test('get: the newest messages come with the session', async () => {
  await fill(100);
  const found = await get(world.engine, world.caller, { sessionId: 's', minVersion: 0, peek: true, historyLimit: 10 });
  expect(found.messages).toHaveLength(10);
  expect([tailed.loads, tailed.reads]).toEqual([['s'], []]);
});

test('rewind: what lies in the held messages is cut without a read', async () => {
  await fill(100);
  const cut = { kind: 'lastMessages', count: 3 } as const;
  const { removedCount } = await rewind(world.engine, world.caller, {
    ...{ sessionId: 's', requestId: '', expectedVersion: 0, cut },
  });
  expect(removedCount).toBe(3);
  expect(tailed.reads).toEqual([]);
});
