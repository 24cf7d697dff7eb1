import type { Cut } from '../model/call.ts';
import { checkSessionId } from '../model/checks/check-id.ts';
import { checkNumber } from '../model/checks/check-number.ts';
import { checkName, checkPresent } from '../model/checks/check-text.ts';
import type { StoredMessage } from '../model/message.ts';
import type { SessionHeader } from '../model/session.ts';
import type { Caller } from './caller.ts';
import { conditionsOf } from './engine/call-conditions.ts';
import type { Engine } from './engine/engine.ts';
import type { SettledCall } from './engine/submission.ts';
import { selectNewest } from './select-messages.ts';
import { headOf, type SessionHead } from './session-head.ts';

/** RewindInput asks to remove the newest messages. */
export interface RewindInput {
  sessionId: string;
  requestId: string;
  expectedVersion: number;
  cut: Cut;
}

/** RewindAnswer holds the removed messages as history has them; the oldest are left out where it would be too large. */
export interface RewindAnswer {
  head: SessionHead;
  removedCount: number;
  removedMessages: StoredMessage[];
  removedTruncated: boolean;
}

/** Removes the newest messages, and the summaries that reach into them. An access. */
export async function rewind(engine: Engine, caller: Caller, input: RewindInput): Promise<RewindAnswer> {
  checkSessionId('session_id', input.sessionId);
  checkCut(input.cut);
  const conditions = conditionsOf(engine, 'Rewind', input);
  const { sessionId, cut } = input;
  const settled = await engine.submit({ ...caller, sessionId, call: { kind: 'rewind', ...conditions, cut } });
  const removedMessages = await readRemoved(engine, caller, settled);
  const { removedCount } = settled;
  const removedTruncated = removedMessages.length < removedCount;
  return { head: headOf(settled, engine.time()), removedCount, removedMessages, removedTruncated };
}

function checkCut(cut: Cut): void {
  switch (cut.kind) {
    case 'throughSequence':
      checkNumber('through_sequence', cut.sequence);
      break;
    case 'lastMessages':
      checkNumber('last_messages', cut.count, { min: 1 });
      break;
    case 'lastTurns':
      checkNumber('last_turns', cut.count, { min: 1 });
      break;
    case 'turnId':
      checkPresent('turn_id', cut.turnId);
      checkName('turn_id', cut.turnId);
      break;
  }
}

/** Removed messages are as they were: read as the session showed them before. A repetition does not know any more. */
async function readRemoved(engine: Engine, caller: Caller, settled: SettledCall): Promise<StoredMessage[]> {
  const { before, removedCount, isRepeated } = settled;
  if (removedCount === 0 || isRepeated) return [];
  const bytesMax = engine.settings.limits.answerBytesMax - HEAD_BYTES;
  return selectNewest(
    engine,
    { header: before.header as SessionHeader, basis: before },
    { count: removedCount, bytesMax },
    caller.signal,
  );
}

/** More than a head takes in an answer. */
const HEAD_BYTES = 4096;
