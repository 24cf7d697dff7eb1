import type { StoredMessage } from '../model/message.ts';
import type { SessionHead } from './session-head.ts';
import type { SessionView } from './session-view.ts';

/** GetInput asks for one session; with `peek` it is no access. */
export interface GetInput {
  sessionId: string;
  minVersion: number;
  peek: boolean;
  historyLimit: number;
}

/** GetAnswer holds the session and its newest messages, oldest first; `usable` = neither EXPIRED nor ENDED. */
export interface GetAnswer {
  head: SessionHead;
  session: SessionView;
  usable: boolean;
  messages: StoredMessage[];
}
