import type { JsonObject, JsonValue } from '../json.ts';
import type { Message, Part, ToolCall, ToolResult } from '../message.ts';
import { encodeContentParts, parseObject } from './content-parts.ts';

/** Names the native form of a chat-completions message. */
export const NATIVE_FORMAT = 'openai.chat';

/**
 * Writes a message in chat-completions form: its native form where it came from there, else made from its parts. A
 * message with several tool results, or with results beside other parts, becomes several.
 */
export function encodeChatMessage(message: Message): JsonObject[] {
  const native = message.native?.format === NATIVE_FORMAT ? parseObject(message.native.json) : null;
  if (native !== null) return [native];
  const results = message.parts.filter((part) => part.kind === 'toolResult').map(encodeResult);
  const spoken = message.parts.filter(({ kind }) => kind !== 'toolResult');
  return spoken.length > 0 || results.length === 0 ? [...results, encodeSpoken(message, spoken)] : results;
}

function encodeSpoken({ role, author }: Message, parts: Part[]): JsonObject {
  const calls = parts.filter((part) => part.kind === 'toolCall').map(encodeCall);
  const reasoning = parts.flatMap((part) => (part.kind === 'reasoning' ? part.text : [])).join('\n');
  return {
    role: role === 'TOOL' ? 'user' : role.toLowerCase(),
    content: encodeContent(parts),
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
    ...(author === '' ? {} : { name: author }),
  };
}

/** No content is null, one text a string, all else an array. */
function encodeContent(parts: Part[]): JsonValue {
  const entries = encodeContentParts(parts);
  if (entries.length === 0) return null;
  return entries.length === 1 && entries[0]?.type === 'text' ? (entries[0].text ?? '') : entries;
}

function encodeCall({ id, name, arguments: text }: ToolCall): JsonObject {
  return { id, type: 'function', function: { name, arguments: text } };
}

function encodeResult({ callId, name, content, parts }: ToolResult): JsonObject {
  const nested = encodeContentParts(parts);
  const entries = content === '' ? nested : [{ type: 'text', text: content }, ...nested];
  const named: JsonObject = name === '' ? {} : { name };
  return { role: 'tool', tool_call_id: callId, ...named, content: nested.length === 0 ? content : entries };
}
