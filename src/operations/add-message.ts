import type { JsonObject } from '../model/json.ts';
import type { Message } from '../model/message.ts';
import { type AddedMessage, appendMessages } from './append-messages.ts';
import type { Caller } from './caller.ts';
import type { Engine } from './engine/engine.ts';
import type { NewSessionInput } from './new-session.ts';
import { headOf, type SessionHead } from './session-head.ts';
import { countersOf, type SessionCounters } from './session-view.ts';

/** AddMessageInput asks to append one message; its `requestId` is the message's, too. */
export interface AddMessageInput {
  sessionId: string;
  requestId: string;
  expectedVersion: number;
  message: Message;
  statePatch: JsonObject;
  startIfMissing: NewSessionInput | null;
}

/** AddMessageAnswer holds what became of the message, never the message. */
export interface AddMessageAnswer extends AddedMessage {
  head: SessionHead;
  counters: SessionCounters;
}

/** Appends one message; durable before it is answered. An access. */
export async function addMessage(engine: Engine, caller: Caller, input: AddMessageInput): Promise<AddMessageAnswer> {
  const { message, ...rest } = input;
  const messages = [{ field: 'message', message }];
  const { settled, messages: added } = await appendMessages(engine, caller, {
    ...rest,
    rpc: 'AddMessage',
    messages,
    cut: null,
  });
  const [only] = added as [AddedMessage];
  return { head: headOf(settled, engine.time()), ...only, counters: countersOf(settled.header) };
}
