import type { StoredMessage } from '../../../src/model/message.ts';
import { addMessage } from '../../../src/operations/add-message.ts';
import { addMessages } from '../../../src/operations/add-messages.ts';
import { buildContext } from '../../../src/operations/build-context.ts';
import type { Caller } from '../../../src/operations/caller.ts';
import { deleteSession } from '../../../src/operations/delete.ts';
import { end } from '../../../src/operations/end.ts';
import type { Engine } from '../../../src/operations/engine/engine.ts';
import { get } from '../../../src/operations/get.ts';
import { listMessages } from '../../../src/operations/list-messages.ts';
import { recordActivity } from '../../../src/operations/record-activity.ts';
import { rewind } from '../../../src/operations/rewind.ts';
import type { SessionHead } from '../../../src/operations/session-head.ts';
import { start } from '../../../src/operations/start.ts';
import { touch } from '../../../src/operations/touch.ts';
import { textsOf } from '../../support/test-engine.ts';
import type { SeenAnswer, ShownMessage } from './history.ts';
import { messagesOf, type PlannedCall, startInputOf, textFrom } from './planned-call.ts';

/** How many messages a Get asks for. */
const HISTORY_LIMIT = 10;

/** How many messages a ListMessages asks for: what fills its page is not all there is. */
const PAGE_SIZE = 1000;

/** Sends a call to an instance and returns what its caller can tell from the answer; null = a Delete that found nothing. */
export async function performCall(engine: Engine, caller: Caller, call: PlannedCall): Promise<SeenAnswer | null> {
  const { sessionId, requestId } = call;
  const named = { sessionId, requestId, expectedVersion: 0 };
  switch (call.kind) {
    case 'start':
      return seen((await start(engine, caller, startInputOf(call))).head);
    case 'append':
      return append(engine, caller, call);
    case 'touch': {
      const spans = call.ttlMs === null ? {} : { ttlMs: call.ttlMs };
      return seen((await touch(engine, caller, { ...named, ...spans })).head);
    }
    case 'activity':
      return activity(engine, caller, call);
    case 'rewind': {
      const cut = { kind: 'lastMessages', count: call.count } as const;
      const { expectedVersion } = call;
      const { head, removedCount } = await rewind(engine, caller, { ...named, expectedVersion, cut });
      return seen(head, { removedCount });
    }
    case 'end': {
      const input = { ...named, outcome: null, errorMessage: '', qualityScore: 0, metadataPatch: {} };
      return seen((await end(engine, caller, input)).head);
    }
    case 'delete': {
      const { head } = await deleteSession(engine, caller, { ...named, allowMissing: true });
      return head === null ? null : seen(head);
    }
    default:
      return read(engine, caller, call);
  }
}

async function append(engine: Engine, caller: Caller, call: Extract<PlannedCall, { kind: 'append' }>) {
  const { sessionId, requestId, expectedVersion } = call;
  const base = { sessionId, requestId, expectedVersion, statePatch: {}, startIfMissing: null };
  const messages = messagesOf(call);
  if (call.asBatch) {
    const answer = await addMessages(engine, caller, { ...base, messages, rewindThroughSequence: null });
    return seen(answer.head, { appended: answer.messages.map(({ sequence }) => sequence) });
  }
  const [message] = messages as [(typeof messages)[0]];
  const { head, sequence } = await addMessage(engine, caller, { ...base, message });
  return seen(head, { appended: [sequence] });
}

async function activity(engine: Engine, caller: Caller, call: Extract<PlannedCall, { kind: 'activity' }>) {
  const { sessionId, requestId, callId } = call;
  const toolCall = { callId, name: 'look_up', durationMs: 5, success: true };
  const report = { toolCall, error: null, responseTimeMs: null, agentStatus: '' };
  const { head, counters } = await recordActivity(engine, caller, { sessionId, requestId, agentId: '', ...report });
  return seen(head as SessionHead, { toolCalls: counters?.toolCallCount ?? 0 });
}

async function read(engine: Engine, caller: Caller, call: Extract<PlannedCall, { minVersion: number }>) {
  const { sessionId, minVersion, peek } = call;
  const base = { sessionId, minVersion, peek };
  if (call.kind === 'get') {
    const { head, messages } = await get(engine, caller, { ...base, historyLimit: HISTORY_LIMIT });
    return seen(head, { shown: { messages: shown(messages), all: false, atMost: HISTORY_LIMIT } });
  }
  if (call.kind === 'context') {
    const shape = {
      tokenLimit: 100_000,
      maxMessages: 0,
      format: 'NEUTRAL',
      strategy: 'RECENT',
      systemPrompt: '',
    } as const;
    const rest = { omitSummaries: true, includeFiles: true, ifTagNot: '' };
    const { head, messages } = await buildContext(engine, caller, { ...base, ...shape, ...rest });
    return seen(head, { shown: { messages: shown(messages), all: false, atMost: Number.POSITIVE_INFINITY } });
  }
  const { head, messages } = await listMessages(engine, caller, listInput(base));
  if (messages.length === PAGE_SIZE) return seen(head);
  return seen(head, { shown: { messages: shown(messages), all: true, atMost: Number.POSITIVE_INFINITY } });
}

function listInput(base: { sessionId: string; minVersion: number; peek: boolean }) {
  const bounds = { afterSequence: 0, beforeSequence: 0, last: 0, sentAfter: null, pageSize: PAGE_SIZE, pageToken: '' };
  return { ...base, ...bounds, messageIds: [], roles: [], includeSummaries: false, includeFiles: true };
}

function shown(messages: readonly StoredMessage[]): ShownMessage[] {
  const texts = textsOf(messages);
  return messages.map(({ sequence }, place) => ({ sequence, text: textFrom(texts[place] as string) }));
}

function seen(head: SessionHead, facts: Partial<SeenAnswer> = {}): SeenAnswer {
  const { sessionId, version, lastSequence, runId, status, dormantAt, expireAt, created } = head;
  return { sessionId, version, lastSequence, runId, status, dormantAt, expireAt, created, ...facts };
}
