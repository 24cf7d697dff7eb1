import { expect, test } from 'vitest';
import type { StoredMessage } from '../../../src/model/message.ts';
import type { SequenceRange } from '../../../src/model/session.ts';
import { readVisible, visiblePages } from '../../../src/operations/engine/read-visible.ts';
import type { MessageRange } from '../../../src/ports/message-store.ts';
import { openTestEngine, say, startSession } from '../../support/test-engine.ts';

async function openTen(hidden: SequenceRange[]) {
  const world = await openTestEngine();
  await startSession(world, { sessionId: 's' });
  for (let place = 1; place <= 10; place += 1) await say(world, 's', 'USER', 'x'.repeat(100));
  const { header } = await world.store.sessions.load('acme', 's', {});
  if (header === null) throw new Error('the session is not there');
  const { messages } = world.store;
  const bytes = (await messages.read('acme', header.uid, rangeOf({})))[0]?.body.byteLength ?? 0;
  return { messages, owner: { ...header, hidden }, bytes };
}

function rangeOf(fields: Partial<MessageRange>): MessageRange {
  return { afterSequence: 0, beforeSequence: 0, from: 'oldest', limit: 100, ...fields };
}

const numbers = (found: StoredMessage[]) => found.map(({ sequence }) => sequence);

const HIDDEN: SequenceRange[] = [
  [1, 2],
  [5, 7],
];

test.each([
  [{}, [3, 4, 8, 9, 10]],
  [{ from: 'newest', limit: 3 }, [8, 9, 10]],
  [{ from: 'newest', limit: 4 }, [4, 8, 9, 10]],
  [{ from: 'oldest', limit: 3 }, [3, 4, 8]],
  [{ afterSequence: 4, beforeSequence: 10 }, [8, 9]],
  [{ afterSequence: 4, beforeSequence: 8 }, []],
] as const)('%j of what is not hidden are %j', async (range, expected) => {
  const { messages, owner } = await openTen(HIDDEN);
  expect(numbers(await readVisible(messages, owner, rangeOf(range)))).toEqual(expected);
});

test('bytes are bounded across hidden ranges, but one message is always answered', async () => {
  const { messages, owner, bytes } = await openTen(HIDDEN);
  const read = async (fields: Partial<MessageRange>) => numbers(await readVisible(messages, owner, rangeOf(fields)));
  expect(await read({ bytesMax: 3 * bytes })).toEqual([3, 4, 8]);
  expect(await read({ bytesMax: 3 * bytes - 1 })).toEqual([3, 4]);
  expect(await read({ from: 'newest', bytesMax: 4 * bytes })).toEqual([4, 8, 9, 10]);
  expect(await read({ from: 'newest', bytesMax: 4 * bytes - 1 })).toEqual([8, 9, 10]);
  expect(await read({ from: 'newest', bytesMax: 1 })).toEqual([10]);
});

test("messages after the header's last sequence are not seen", async () => {
  const { messages, owner } = await openTen([]);
  const read = await readVisible(messages, { ...owner, lastSequence: 3 }, rangeOf({ from: 'newest', limit: 2 }));
  expect(numbers(read)).toEqual([2, 3]);
});

test.each(['oldest', 'newest'] as const)('pages from the %s hold everything once', async (from) => {
  const { messages, owner, bytes } = await openTen(HIDDEN);
  const pages: number[][] = [];
  const span = { from, afterSequence: 0, beforeSequence: 0, bytesMax: 2 * bytes };
  for await (const page of visiblePages(messages, owner, span)) pages.push(numbers(page));
  const ordered = from === 'oldest' ? pages : pages.toReversed();
  expect(ordered.flat()).toEqual([3, 4, 8, 9, 10]);
  expect(pages.every(({ length }) => length <= 2)).toBe(true);
});
