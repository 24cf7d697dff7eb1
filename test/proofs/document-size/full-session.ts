import { DEFAULT_LIMITS } from '../../../src/model/limits.ts';
import type { Message } from '../../../src/model/message.ts';
import { addMessages } from '../../../src/operations/add-messages.ts';
import { addSummary } from '../../../src/operations/add-summary.ts';
import { recordActivity } from '../../../src/operations/record-activity.ts';
import { jsonCodec } from '../../support/json-codec.ts';
import { messageOf, say, startSession, type TestEngine } from '../../support/test-engine.ts';

/** Step uses a limit of api.md to the full, on the session of the steps before it. */
export interface Step {
  title: string;
  run(engine: TestEngine): Promise<unknown>;
}

const sessionId = 's'.repeat(256);
const base = { sessionId, requestId: '', expectedVersion: 0 };
const { batchMessagesMax, hiddenRangesMax, labelsMax, messageBytesMax, summariesMax } = DEFAULT_LIMITS;
const TOOLS = 256;
const TOGETHER = 250;

/** Effort is how much is done of what goes on without a limit. */
export interface Effort {
  /** How many different durations each tool gets. */
  durations: number;
  requestIds: number;
}

/** Returns the steps that make a session as large as it may be. */
export function stepsOf({ durations, requestIds }: Effort): readonly Step[] {
  return [
    { title: 'Start', run: startFull },
    { title: 'hidden ranges', run: hideRanges },
    {
      title: 'appends of many short messages',
      run: (engine) => inTurn(200, (n) => say(engine, sessionId, 'USER', words(n, 12))),
    },
    {
      title: 'appends of long messages',
      run: (engine) => inTurn(40, (n) => say(engine, sessionId, 'USER', words(n, 2000))),
    },
    { title: 'batches of many messages', run: appendBatches },
    { title: 'messages of 1 MiB', run: appendLargest },
    { title: 'request ids', run: (engine) => rememberRequestIds(engine, requestIds) },
    { title: 'summaries of 1 MiB', run: keepSummaries },
    { title: 'tool calls in messages', run: callTools },
    { title: 'activity', run: (engine) => reportTools(engine, durations, { sessionId, agentId: '' }) },
    {
      title: 'activity of an agent',
      run: (engine) => reportTools(engine, 1, { sessionId: '', agentId: 'a'.repeat(128) }),
    },
    { title: 'an append on top of it all', run: (engine) => say(engine, sessionId, 'USER', 'And on.') },
  ];
}

function startFull(engine: TestEngine): Promise<unknown> {
  const labels = Array.from({ length: labelsMax }, (_, n) => [`${n}`.padEnd(64, '€'), '€'.repeat(128)]);
  return startSession(engine, {
    sessionId,
    userId: 'u'.repeat(256),
    agentId: 'a'.repeat(128),
    channel: 'c'.repeat(256),
    conversationKey: 'k'.repeat(256),
    requestId: 'r'.repeat(128),
    title: '€'.repeat(256),
    labels: Object.fromEntries(labels),
    state: fullStruct(DEFAULT_LIMITS.stateBytesMax),
    metadata: fullStruct(DEFAULT_LIMITS.metadataBytesMax),
    expiringLeadMs: 60_000,
  });
}

/** Many small values are what grows most in BSON. */
function fullStruct(bytesMax: number): Record<string, number> {
  const fields = Math.floor(bytesMax / 24);
  return Object.fromEntries(Array.from({ length: fields }, (_, n) => [`k${n}`, n]));
}

async function appendBatches(engine: TestEngine): Promise<void> {
  for (const length of [3, 500, 6000]) {
    const messages = Array.from({ length: batchMessagesMax }, (_, n) =>
      messageOf('USER', words(n, 700).slice(0, length)),
    );
    await append(engine, messages);
  }
}

async function appendLargest(engine: TestEngine): Promise<void> {
  const frame = jsonCodec.encode(messageOf('USER', '')).byteLength;
  const largest = words(7, 200_000).slice(0, messageBytesMax - frame - 200);
  await append(engine, [messageOf('USER', largest)]);
  await append(
    engine,
    Array.from({ length: 2 }, () => messageOf('ASSISTANT', largest)),
  );
}

async function rememberRequestIds(engine: TestEngine, count: number): Promise<void> {
  for (let first = 0; first < count; first += TOGETHER) {
    const calls = Array.from({ length: TOGETHER }, (_, n) =>
      say(engine, sessionId, 'USER', 'ok', { requestId: `${first + n}`.padEnd(128, 'r') }),
    );
    await Promise.all(calls);
  }
}

/** Each append hides the message before it and goes on behind one that stays. */
async function hideRanges(engine: TestEngine): Promise<void> {
  const messages = [messageOf('USER', 'stays'), messageOf('USER', 'goes')];
  await append(engine, messages);
  await inTurn(hiddenRangesMax - 1, (n) => append(engine, messages, 2 * n + 1));
}

function keepSummaries(engine: TestEngine): Promise<void> {
  return inTurn(summariesMax, (n) => {
    const text = words(n, 200_000).slice(0, messageBytesMax);
    const summary = { kind: 'TURN', firstSequence: n + 1, lastSequence: n + 1, text, tokenCount: 1 } as const;
    return addSummary(engine.engine, engine.caller, { ...base, summary });
  });
}

async function callTools(engine: TestEngine): Promise<void> {
  const parts = Array.from({ length: TOOLS }, (_, n) => {
    return { kind: 'toolCall', id: `call-${n}`.padEnd(200, 'i'), name: toolName(n), arguments: '{}' } as const;
  });
  for (let first = 0; first < TOOLS; first += 32) {
    await append(engine, [messageOf('ASSISTANT', '', { parts: parts.slice(first, first + 32) })]);
  }
}

async function reportTools(engine: TestEngine, durations: number, whose: { sessionId: string; agentId: string }) {
  const rest = { ...whose, error: { message: '€'.repeat(4096) }, agentStatus: 's'.repeat(256) };
  for (let round = 0; round < durations; round++) {
    const durationMs = 1.1 ** (2 * round + 1);
    const report = (n: number) => {
      const toolCall = {
        callId: `${round}-${n}`.padEnd(200, 'i'),
        name: toolName(n),
        durationMs,
        success: n % 2 === 0,
      };
      return recordActivity(engine.engine, engine.caller, {
        ...rest,
        requestId: '',
        toolCall,
        responseTimeMs: durationMs,
      });
    };
    if (whose.sessionId === '') await inTurn(TOOLS, report);
    else await Promise.all(Array.from({ length: TOOLS }, (_, n) => report(n)));
  }
}

function append(
  { engine, caller }: TestEngine,
  messages: Message[],
  rewindThroughSequence: number | null = null,
): Promise<unknown> {
  return addMessages(engine, caller, {
    ...base,
    messages,
    statePatch: {},
    startIfMissing: null,
    rewindThroughSequence,
  });
}

async function inTurn(times: number, act: (n: number) => Promise<unknown>): Promise<void> {
  for (let n = 0; n < times; n++) await act(n);
}

function toolName(n: number): string {
  return `tool-${n}`.padEnd(256, 'n');
}

/** Words that differ, so that each is a term of its own. */
function words(seed: number, count: number): string {
  return Array.from({ length: count }, (_, n) => (seed * 1_000_003 + n).toString(36)).join(' ');
}
