import { invalidField, quoted } from '../checks/refusals.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { Message, Part, Role, ToolCall, ToolResult } from '../message.ts';
import { decodeContentPart, isObject } from './content-parts.ts';
import { encodeChatMessage, NATIVE_FORMAT } from './encode-chat-message.ts';
import { isSameJson } from './is-same-json.ts';

const ROLES: Record<string, Role> = {
  system: 'SYSTEM',
  developer: 'DEVELOPER',
  user: 'USER',
  assistant: 'ASSISTANT',
  tool: 'TOOL',
};

/**
 * Reads a chat-completions message. What a message cannot hold (unknown keys, `content` left out, a content array of one)
 * stays in its native form, so that encodeChatMessage gives back an equal one. Throws INVALID_FIELD naming what is wrong.
 */
export function decodeChatMessage(field: string, value: JsonValue): Message {
  if (!isObject(value)) throw invalidField(field, 'is no object', 'write {"role": …, "content": …}');
  const role = decodeRole(`${field}.role`, value.role);
  const message: Message = {
    messageId: '',
    turnId: '',
    role,
    author: role === 'TOOL' ? '' : decodeText(`${field}.name`, value.name),
    parts: role === 'TOOL' ? [decodeResult(field, value)] : decodeSpoken(field, value),
    tokenCount: 0,
    model: '',
    sentAt: null,
    requestId: '',
  };
  const again = encodeChatMessage(message);
  if (again.length === 1 && isSameJson(again[0], value)) return message;
  return { ...message, native: { format: NATIVE_FORMAT, json: JSON.stringify(value) } };
}

function decodeRole(field: string, value: JsonValue | undefined): Role {
  const role = typeof value === 'string' ? ROLES[value] : undefined;
  if (role !== undefined) return role;
  const fault = value === undefined ? 'is missing' : `is ${quoted(JSON.stringify(value))}`;
  throw invalidField(field, fault, `use one of ${Object.keys(ROLES).join(', ')}`);
}

function decodeSpoken(field: string, message: JsonObject): Part[] {
  const reasoning = decodeText(`${field}.reasoning_content`, message.reasoning_content);
  return [
    ...(reasoning === '' ? [] : [{ kind: 'reasoning' as const, text: reasoning }]),
    ...decodeContent(`${field}.content`, message.content),
    ...decodeCalls(`${field}.tool_calls`, message.tool_calls),
  ];
}

function decodeContent(field: string, content: JsonValue | undefined): Part[] {
  if (content === undefined || content === null) return [];
  if (typeof content === 'string') return [{ kind: 'text', text: content.toWellFormed() }];
  if (!Array.isArray(content)) throw invalidField(field, 'is neither text, array nor null', 'write one of these');
  return content.map((part, index) => {
    if (!isObject(part)) throw invalidField(`${field}[${index}]`, 'is no object', 'write {"type": …}');
    return decodeContentPart(part);
  });
}

function decodeCalls(field: string, calls: JsonValue | undefined): ToolCall[] {
  if (calls === undefined || calls === null) return [];
  if (!Array.isArray(calls)) throw invalidField(field, 'is no array', 'write the calls as an array');
  return calls.map((call, index) => decodeCall(`${field}[${index}]`, call));
}

function decodeCall(field: string, call: JsonValue): ToolCall {
  if (!isObject(call)) throw invalidField(field, 'is no object', 'write {"id": …, "function": …}');
  const id = requireText(`${field}.id`, call.id);
  if (isObject(call.custom)) {
    const name = requireText(`${field}.custom.name`, call.custom.name);
    return { kind: 'toolCall', id, name, arguments: decodeText(`${field}.custom.input`, call.custom.input) };
  }
  if (!isObject(call.function)) throw invalidField(`${field}.function`, 'is missing', 'name the function');
  const name = requireText(`${field}.function.name`, call.function.name);
  const text = call.function.arguments;
  if (typeof text !== 'string')
    throw invalidField(`${field}.function.arguments`, 'is no text', 'write the arguments as JSON in a string');
  return { kind: 'toolCall', id, name, arguments: text.toWellFormed() };
}

function decodeResult(field: string, message: JsonObject): ToolResult {
  const content = decodeContent(`${field}.content`, message.content);
  const [first] = content;
  const isText = !Array.isArray(message.content) && first?.kind === 'text';
  return {
    kind: 'toolResult',
    callId: requireText(`${field}.tool_call_id`, message.tool_call_id),
    name: decodeText(`${field}.name`, message.name),
    content: isText ? first.text : '',
    parts: isText ? [] : content,
    isError: false,
  };
}

function requireText(field: string, value: JsonValue | undefined): string {
  const text = decodeText(field, value);
  if (text === '') throw invalidField(field, 'is missing', 'set it');
  return text;
}

function decodeText(field: string, value: JsonValue | undefined): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw invalidField(field, 'is no text', 'write a string');
  return value.toWellFormed();
}
