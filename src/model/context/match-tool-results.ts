import type { Message, Part, ToolCall, ToolResult } from '../message.ts';
import type { LoadedMessage } from './loaded-message.ts';

/** AnsweredCall is a call of the assistant with the result that answers it; null while there is none. */
export interface AnsweredCall {
  call: ToolCall;
  result: { part: ToolResult; source: LoadedMessage } | null;
}

/** Tells whether a part is a call that can be answered: only the assistant calls tools. */
export function isCallOf(message: Message, part: Part): part is Part & ToolCall {
  return part.kind === 'toolCall' && message.role === 'ASSISTANT';
}

/**
 * Pairs each call with the first result after it and returns the calls of each message that has some, in order.
 * Where calls share an id, a result answers the newest of them that is still open.
 */
export function matchToolResults(history: readonly LoadedMessage[]): Map<LoadedMessage, AnsweredCall[]> {
  const callsOf = new Map<LoadedMessage, AnsweredCall[]>();
  const openById = new Map<string, AnsweredCall[]>();
  for (const source of history) {
    for (const part of source.message.parts) {
      if (isCallOf(source.message, part)) {
        const answered: AnsweredCall = { call: part, result: null };
        append(callsOf, source, answered);
        append(openById, part.id, answered);
      } else if (part.kind === 'toolResult') {
        const answered = openById.get(part.callId)?.pop();
        if (answered !== undefined) answered.result = { part, source };
      }
    }
  }
  return callsOf;
}

function append<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
