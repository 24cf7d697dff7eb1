import { addMessages } from '../../../src/operations/add-messages.ts';
import { addSummary } from '../../../src/operations/add-summary.ts';
import { messageOf, say, startSession, type TestEngine } from '../../support/test-engine.ts';

const LARGE = 'long '.repeat(60_000);
const BATCH = 100;
/** More than lie beside a header, so that the oldest are moved away. */
const REQUEST_IDS = 320;
const TOOL_CALLS = 160;

/** Starts a session that holds claims, and puts into it, by its number, what lies in other collections. Answers its messages. */
export async function fillSession(opened: TestEngine, sessionId: string, number: number): Promise<number> {
  const named = {
    userId: `user of ${sessionId}`,
    conversationKey: `key of ${sessionId}`,
    requestId: `start ${sessionId}`,
  };
  await startSession(opened, { sessionId, ...named });
  await say(opened, sessionId, 'USER', 'hello');
  const fill = FILLINGS[number % FILLINGS.length] as (typeof FILLINGS)[number];
  return 1 + (await fill(opened, sessionId));
}

const FILLINGS = [addLargeBody, addStagedBatch, addSummaryText, spillRequestIds, spillToolCalls];

async function addLargeBody(opened: TestEngine, sessionId: string): Promise<number> {
  await say(opened, sessionId, 'USER', LARGE);
  return 1;
}

async function addStagedBatch(opened: TestEngine, sessionId: string): Promise<number> {
  const messages = Array.from({ length: BATCH }, (_, n) => messageOf('USER', `${n} `.repeat(400)));
  await append(opened, sessionId, messages);
  return BATCH;
}

async function addSummaryText({ engine, caller }: TestEngine, sessionId: string): Promise<number> {
  const summary = { kind: 'TURN', firstSequence: 1, lastSequence: 1, text: LARGE, tokenCount: 1 } as const;
  await addSummary(engine, caller, { sessionId, requestId: '', expectedVersion: 0, summary });
  return 0;
}

async function spillRequestIds(opened: TestEngine, sessionId: string): Promise<number> {
  const calls = Array.from({ length: REQUEST_IDS }, (_, n) =>
    say(opened, sessionId, 'USER', 'ok', { requestId: `request ${n}` }),
  );
  await Promise.all(calls);
  return REQUEST_IDS;
}

async function spillToolCalls(opened: TestEngine, sessionId: string): Promise<number> {
  const parts = Array.from({ length: TOOL_CALLS }, (_, n) => {
    return { kind: 'toolCall', id: `call ${n}`, name: `tool ${n}`, arguments: '{}' } as const;
  });
  for (let first = 0; first < TOOL_CALLS; first += 32) {
    await append(opened, sessionId, [messageOf('ASSISTANT', '', { parts: parts.slice(first, first + 32) })]);
  }
  return TOOL_CALLS / 32;
}

function append({ engine, caller }: TestEngine, sessionId: string, messages: ReturnType<typeof messageOf>[]) {
  const base = { sessionId, requestId: '', expectedVersion: 0, statePatch: {}, startIfMissing: null };
  return addMessages(engine, caller, { ...base, messages, rewindThroughSequence: null });
}
