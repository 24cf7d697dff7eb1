import { invalidField } from '../checks/refusals.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { Message } from '../message.ts';
import { isObject } from './content-parts.ts';
import { decodeChatMessage } from './decode-chat-message.ts';
import { encodeChatMessage } from './encode-chat-message.ts';

/** ChatConversation is one line of a file of conversations in chat-completions form. */
export interface ChatConversation {
  id: string;
  messages: Message[];
  /** All other keys of the line. */
  metadata: JsonObject;
}

/** Reads a line `{"id", "messages", …other keys}`; throws INVALID_FIELD whose field and message say what is wrong with it. */
export function decodeConversation(line: string): ChatConversation {
  const value = parseLine(line);
  if (!isObject(value)) throw invalidField('line', 'is no JSON object', 'write {"id": …, "messages": […]}');
  const { id, messages, ...metadata } = value;
  if (typeof id !== 'string' || id === '') throw invalidField('id', 'is missing or no text', 'name the conversation');
  if (!Array.isArray(messages))
    throw invalidField('messages', 'is missing or no array', 'write the messages as an array');
  return { id, messages: messages.map((message, index) => decodeChatMessage(`messages[${index}]`, message)), metadata };
}

/** Writes a conversation as one line without its end; reading it gives an equal object. */
export function encodeConversation({ id, messages, metadata }: ChatConversation): string {
  const line: JsonObject = { id, ...metadata };
  return JSON.stringify({ ...line, id, messages: messages.flatMap(encodeChatMessage) });
}

function parseLine(line: string): JsonValue {
  try {
    return JSON.parse(line) as JsonValue;
  } catch (cause) {
    const fault = cause instanceof Error ? cause.message : String(cause);
    throw invalidField('line', `is no JSON (${fault})`, 'write one JSON object a line');
  }
}
