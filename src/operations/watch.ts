import type { StoredMessage } from '../model/message.ts';
import type { SequenceRange } from '../model/session.ts';
import type { SessionHead } from './session-head.ts';
import type { SessionView } from './session-view.ts';

/** WatchInput asks to follow one session; `afterSequence` is the last message that the caller has. */
export interface WatchInput {
  sessionId: string;
  afterSequence: number;
}

/** WatchStep is one step of a followed session; messages are answered without inline files. */
export interface WatchStep {
  head: SessionHead;
  event:
    | { kind: 'opened'; session: SessionView }
    | { kind: 'messagesAdded'; messages: StoredMessage[] }
    | { kind: 'messagesRemoved'; ranges: SequenceRange[] }
    | { kind: 'sessionChanged'; session: SessionView }
    | { kind: 'progress'; closing: boolean };
}
