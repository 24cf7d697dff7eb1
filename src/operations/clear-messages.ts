import { checkSessionId } from '../model/checks/check-id.ts';
import type { Caller } from './caller.ts';
import { conditionsOf } from './engine/call-conditions.ts';
import type { Engine } from './engine/engine.ts';
import { headOf, type SessionHead } from './session-head.ts';

/** ClearMessagesInput asks to remove all messages, and with `clearSummaries` the summaries. */
export interface ClearMessagesInput {
  sessionId: string;
  requestId: string;
  expectedVersion: number;
  clearSummaries: boolean;
}

/** ClearMessagesAnswer counts the removed messages. */
export interface ClearMessagesAnswer {
  head: SessionHead;
  removedCount: number;
}

/** Removes all messages of a session; their numbers are not used again. An access. */
export async function clearMessages(
  engine: Engine,
  caller: Caller,
  input: ClearMessagesInput,
): Promise<ClearMessagesAnswer> {
  checkSessionId('session_id', input.sessionId);
  const conditions = conditionsOf(engine, 'ClearMessages', input);
  const { sessionId, clearSummaries } = input;
  const settled = await engine.submit({
    ...caller,
    sessionId,
    call: { kind: 'clearMessages', ...conditions, clearSummaries },
  });
  return { head: headOf(settled, engine.time()), removedCount: settled.removedCount };
}
