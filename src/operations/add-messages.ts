import type { JsonObject } from '../model/json.ts';
import type { Message } from '../model/message.ts';
import type { SessionHead } from './session-head.ts';
import type { SessionCounters } from './session-view.ts';
import type { NewSessionInput } from './start.ts';

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

/** AddedMessage is what became of one appended message; `tokenCount` may be an estimate. */
export interface AddedMessage {
  sequence: number;
  tokenCount: number;
  createdAt: number;
}

/** AddMessagesAnswer holds what became of each message, in the order of the request. */
export interface AddMessagesAnswer {
  head: SessionHead;
  messages: AddedMessage[];
  counters: SessionCounters;
  removedCount: number;
}
