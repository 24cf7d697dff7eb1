import { expect, test, vi } from 'vitest';
import { buildContext } from '../../src/operations/build-context.ts';
import { get } from '../../src/operations/get.ts';
import { openTestEngine, say, startSession, type TestEngine } from '../support/test-engine.ts';

/** A session `s`, with an exact tokenizer that notes what it counts: a token for each character. */
async function openSession(): Promise<TestEngine & { counted: string[] }> {
  const world = await openTestEngine();
  await startSession(world, { sessionId: 's' });
  const counted: string[] = [];
  const tokenizer = {
    methodFor: () => ({ name: 'o200k', isExact: true }),
    count: async (text: string) => {
      counted.push(text);
      return text.length;
    },
  };
  return { ...world, engine: { ...world.engine, tokenizer }, counted };
}

function contextOf({ engine, caller }: TestEngine) {
  return buildContext(engine, caller, {
    ...{ sessionId: 's', minVersion: 0, tokenLimit: 0, maxMessages: 0, format: 'OPENAI_CHAT', strategy: 'RECENT' },
    ...{ systemPrompt: '', omitSummaries: false, includeFiles: false, ifTagNot: '', peek: false },
  });
}

async function countersOf({ engine, caller }: TestEngine) {
  const answer = await get(engine, caller, { sessionId: 's', minVersion: 0, peek: true, historyLimit: 1 });
  return answer.session.counters;
}

test('keeps the few counts of a turn with the next write, by no commit of their own', async () => {
  const world = await openSession();
  await say(world, 's', 'USER', 'hello there');
  const commit = vi.spyOn(world.store.sessions, 'commit');
  expect(await contextOf(world)).toMatchObject({
    tokenCount: 4 + 'hello there'.length,
    tokenizer: 'o200k',
    tokensEstimated: false,
  });
  await say(world, 's', 'ASSISTANT', 'hi');
  expect(commit).toHaveBeenCalledTimes(1);
  expect((await countersOf(world)).inputTokens).toBe(15);
  world.counted.length = 0;
  await contextOf(world);
  expect(world.counted.filter((text) => text !== '')).toEqual(['hi']);
});

test('keeps many counts at once, and the counters follow', async () => {
  const world = await openSession();
  for (let turn = 0; turn < 9; turn += 1) await say(world, 's', 'USER', 'hello there');
  await contextOf(world);
  await expect.poll(async () => (await countersOf(world)).inputTokens).toBe(9 * 15);
  world.counted.length = 0;
  await contextOf(world);
  expect(world.counted.filter((text) => text !== '')).toEqual([]);
});
