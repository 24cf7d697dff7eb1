import type { JsonObject } from '../model/json.ts';
import type { Message } from '../model/message.ts';
import type { AddedMessage } from './add-messages.ts';
import type { SessionHead } from './session-head.ts';
import type { SessionCounters } from './session-view.ts';
import type { NewSessionInput } from './start.ts';

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
