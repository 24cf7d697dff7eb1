import { checkSessionId } from '../model/checks/check-id.ts';
import { isNotFound } from '../model/decide/refusals.ts';
import type { Caller } from './caller.ts';
import { conditionsOf } from './engine/call-conditions.ts';
import type { Engine } from './engine/engine.ts';
import type { SettledCall } from './engine/submission.ts';
import { headOf, type SessionHead } from './session-head.ts';

/** DeleteInput asks to delete a session; with `allowMissing` one that is not there is no error. */
export interface DeleteInput {
  sessionId: string;
  requestId: string;
  expectedVersion: number;
  allowMissing: boolean;
}

/** DeleteAnswer counts what went; `head` is the session as it was, null when there was none. */
export interface DeleteAnswer {
  head: SessionHead | null;
  messagesDeleted: number;
  summariesDeleted: number;
}

/** Deletes a session with all that hangs on it, in whatever status, at once for all readers. No access. */
export async function deleteSession(engine: Engine, caller: Caller, input: DeleteInput): Promise<DeleteAnswer> {
  checkSessionId('session_id', input.sessionId);
  const { allowMissing, ...call } = input;
  const conditions = conditionsOf(engine, 'Delete', call);
  try {
    const { sessionId } = input;
    const settled = await engine.submit({
      ...caller,
      sessionId,
      call: { kind: 'delete', ...conditions, reason: 'CALLER' },
    });
    return answerOf(engine, settled);
  } catch (fault) {
    if (!isNotFound(fault) || !allowMissing) throw fault;
    return { head: null, messagesDeleted: 0, summariesDeleted: 0 };
  }
}

/** What is left of the session counts what went with it; a repetition finds no more than that. */
function answerOf(engine: Engine, { before, header, isRepeated }: SettledCall): DeleteAnswer {
  const { messageCount, summaryCount } = header.counters;
  const isSeen = !isRepeated && before.header !== null;
  const head = isSeen ? headOf({ header: before.header as typeof header }, engine.time()) : null;
  return { head, messagesDeleted: messageCount, summariesDeleted: summaryCount };
}
