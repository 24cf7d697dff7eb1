import type { StoredMessage } from '../message.ts';
import type { Counters } from '../session.ts';

type CountedMessage = Pick<StoredMessage, 'role' | 'tokenCount' | 'startsTurn'>;

/** Counts a message in (1) or out (-1): messages, turns, and tokens as output for ASSISTANT, as input for all others. */
export function countMessage(counters: Counters, message: CountedMessage, by: 1 | -1): Counters {
  const { role, tokenCount, startsTurn } = message;
  const counted = countTokens(counters, role, by * tokenCount);
  return {
    ...counted,
    messageCount: counters.messageCount + by,
    turnCount: counters.turnCount + (startsTurn ? by : 0),
    messagesByRole: { ...counters.messagesByRole, [role]: counters.messagesByRole[role] + by },
  };
}

/** Adds tokens (a negative number takes away) where those of the role are counted. */
export function countTokens(counters: Counters, role: CountedMessage['role'], tokens: number): Counters {
  return role === 'ASSISTANT'
    ? { ...counters, outputTokens: counters.outputTokens + tokens }
    : { ...counters, inputTokens: counters.inputTokens + tokens };
}
