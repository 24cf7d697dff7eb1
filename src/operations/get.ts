import { checkSessionId } from '../model/checks/check-id.ts';
import { checkNumber } from '../model/checks/check-number.ts';
import type { StoredMessage } from '../model/message.ts';
import type { Caller } from './caller.ts';
import type { Engine } from './engine/engine.ts';
import { readSession } from './engine/read-session.ts';
import { checkHistoryLimit, readHistory } from './read-history.ts';
import { headOf, type SessionHead } from './session-head.ts';
import { type SessionView, VIEW_NEEDS, viewBasis } from './session-view.ts';

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

/** Answers a session and, if asked, its newest messages. An access unless it peeks. */
export async function get(engine: Engine, caller: Caller, input: GetInput): Promise<GetAnswer> {
  checkSessionId('session_id', input.sessionId);
  checkNumber('min_version', input.minVersion);
  checkHistoryLimit(input.historyLimit);
  const view = { ...VIEW_NEEDS, newest: input.historyLimit > 0 };
  return readSession(engine, caller, { ...input, view }, async (read) => {
    const time = engine.time();
    const session = viewBasis(read.basis, time);
    const messages = await readHistory(engine, caller, { source: read, session, limit: input.historyLimit });
    const usable = session.status !== 'EXPIRED' && session.status !== 'ENDED';
    return { head: headOf(read, time), session, usable, messages };
  });
}
