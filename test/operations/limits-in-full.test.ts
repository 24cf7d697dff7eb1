import { beforeEach, expect, test } from 'vitest';
import { addMessages } from '../../src/operations/add-messages.ts';
import { addSummary } from '../../src/operations/add-summary.ts';
import { clearMessages } from '../../src/operations/clear-messages.ts';
import { rewind } from '../../src/operations/rewind.ts';
import { messageOf, openTestEngine, refusal, startSession, type TestEngine } from '../support/test-engine.ts';

const base = { sessionId: 's', requestId: '', expectedVersion: 0 };
let world: TestEngine;

beforeEach(async () => {
  world = await openTestEngine();
  await startSession(world, { sessionId: 's' });
});

test('rewinds may leave 256 separate ranges behind; one more is refused, and clearing makes room', async () => {
  const { engine, caller } = world;
  for (let ranges = 1; ranges <= 256; ranges += 1) {
    await sayTwice();
    await rewind(engine, caller, { ...base, cut: { kind: 'lastMessages', count: 1 } });
  }
  await sayTwice();
  const oneMore = rewind(engine, caller, { ...base, cut: { kind: 'lastMessages', count: 1 } });
  await expect(oneMore).rejects.toEqual(
    refusal('LIMIT_EXCEEDED', { metadata: expect.objectContaining({ max: '256' }) }),
  );
  const cleared = await clearMessages(engine, caller, { ...base, clearSummaries: false });
  expect(cleared.removedCount).toBe(258);
});

test('a session keeps 16 summaries; one more folds the oldest two', async () => {
  await sayTwice();
  for (let count = 1; count <= 16; count += 1) expect(await summaryCount()).toBe(count);
  expect(await summaryCount()).toBe(16);
});

async function sayTwice(): Promise<void> {
  const messages = [messageOf('USER', 'there'), messageOf('ASSISTANT', 'and back')];
  const input = { ...base, messages, statePatch: {}, startIfMissing: null, rewindThroughSequence: null };
  await addMessages(world.engine, world.caller, input);
}

async function summaryCount(): Promise<number> {
  const summary = { kind: 'COMPACTION', firstSequence: 1, lastSequence: 2, text: 'They spoke', tokenCount: 0 } as const;
  await addSummary(world.engine, world.caller, { ...base, summary });
  const { header } = await world.store.sessions.load('acme', 's', {});
  return header?.counters.summaryCount ?? 0;
}
