import type { Cut } from '../model/call.ts';
import { checkNumber } from '../model/checks/check-number.ts';
import { invalidField, limitExceeded } from '../model/checks/refusals.ts';
import type { JsonObject } from '../model/json.ts';
import type { Message } from '../model/message.ts';
import { type AddedMessage, appendMessages } from './append-messages.ts';
import type { Caller } from './caller.ts';
import type { Engine } from './engine/engine.ts';
import type { NewSessionInput } from './new-session.ts';
import { headOf, type SessionHead } from './session-head.ts';
import { countersOf, type SessionCounters } from './session-view.ts';

/** AddMessagesInput asks to append messages, all or none, after a cut if `rewindThroughSequence` is not null. */
export interface AddMessagesInput {
  sessionId: string;
  requestId: string;
  expectedVersion: number;
  messages: Message[];
  statePatch: JsonObject;
  startIfMissing: NewSessionInput | null;
  /** The last sequence to stay; 0 removes all, null nothing. */
  rewindThroughSequence: number | null;
}

/** AddMessagesAnswer holds what became of each message, in the order of the request. */
export interface AddMessagesAnswer {
  head: SessionHead;
  messages: AddedMessage[];
  counters: SessionCounters;
  removedCount: number;
}

/** Appends several messages, all or none, and can cut before, in the same commit. An access. */
export async function addMessages(engine: Engine, caller: Caller, input: AddMessagesInput): Promise<AddMessagesAnswer> {
  const { messages, rewindThroughSequence, ...rest } = input;
  checkBatchSize(messages.length, engine.settings.limits.batchMessagesMax);
  const { settled, messages: added } = await appendMessages(engine, caller, {
    ...rest,
    rpc: 'AddMessages',
    messages: messages.map((message, place) => ({ field: `messages[${place}]`, message })),
    cut: cutAt(rewindThroughSequence),
  });
  return {
    head: headOf(settled, engine.time()),
    messages: added,
    counters: countersOf(settled.header),
    removedCount: settled.removedCount,
  };
}

function checkBatchSize(value: number, max: number): void {
  if (value === 0) throw invalidField('messages', 'is empty', 'send at least one message');
  if (value > max) throw limitExceeded('messages', { name: 'batch_messages', value, max });
}

function cutAt(sequence: number | null): Cut | null {
  if (sequence === null) return null;
  checkNumber('rewind_through_sequence', sequence);
  return { kind: 'throughSequence', sequence };
}
