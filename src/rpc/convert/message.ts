import { create, fromBinary, type MessageInitShape } from '@bufbuild/protobuf';
import {
  MessageSchema,
  type NativeMessage,
  type PartSchema,
  type Message as PbMessage,
  type Part as PbPart,
  Role as PbRole,
  type TokenUsage,
} from '../../../gen/threadkeep/v1/message_pb.ts';
import type { FilePart, Message, Part, PartContent, Role } from '../../model/message.ts';
import { SessionError } from '../../model/session-error.ts';
import { createEnumNames, type EnumNames } from './enum-names.ts';
import { jsonObjectFrom } from './json-object.ts';
import { atFromTimestamp, timestampFromAt } from './timestamp.ts';

/** The model's roles and the contract's numbers. */
export const roleNames: EnumNames<Role, PbRole> = createEnumNames({
  SYSTEM: PbRole.SYSTEM,
  DEVELOPER: PbRole.DEVELOPER,
  USER: PbRole.USER,
  ASSISTANT: PbRole.ASSISTANT,
  TOOL: PbRole.TOOL,
});

/** Reads a message of a request, without what the service sets. INVALID_FIELD with the path below `path`. */
export function newMessageFrom(message: PbMessage | undefined, path: string): Message {
  if (message === undefined) throw new SessionError('INVALID_FIELD', `${path} is missing; set it`, { field: path });
  return { ...messageFrom(message, path), requestId: '' };
}

/** Reads a message as it is, with its request id. */
export function messageFrom(message: PbMessage, path: string): Message {
  const { messageId, turnId, author, tokenCount, model, usage, metadata, native, requestId } = message;
  return {
    messageId,
    turnId,
    role: roleNames.nameOf(message.role, `${path}.role`),
    author,
    parts: message.parts.map((part, index) => partFrom(part, `${path}.parts[${index}]`)),
    tokenCount,
    model,
    sentAt: atFromTimestamp(message.sentTime, `${path}.sent_time`),
    requestId,
    ...(usage === undefined ? {} : { usage: usageFrom(usage) }),
    ...(metadata === undefined ? {} : { metadata: jsonObjectFrom(metadata) }),
    ...(native === undefined ? {} : { native: nativeFrom(native) }),
  };
}

/** Makes the contract's message from the model's, without what the commit adds. */
export function pbMessageFrom(message: Message): PbMessage {
  return create(MessageSchema, {
    messageId: message.messageId,
    turnId: message.turnId,
    role: roleNames.numberOf(message.role),
    author: message.author,
    parts: message.parts.map(pbPartFrom),
    tokenCount: message.tokenCount,
    model: message.model,
    requestId: message.requestId,
    sentTime: timestampFromAt(message.sentAt),
    usage: message.usage,
    metadata: message.metadata,
    native: message.native,
  });
}

/** Reads a stored body as the contract's message; STORE_CORRUPT when it is none. */
export function readBody(body: Uint8Array): PbMessage {
  try {
    return fromBinary(MessageSchema, body);
  } catch (cause) {
    throw corruptBody(cause);
  }
}

/** The error for a stored body that is no message: STORE_CORRUPT. */
export function corruptBody(cause: unknown): SessionError {
  const remedy = 'run threadkeep check-store';
  return new SessionError('STORE_CORRUPT', `a stored message cannot be decoded; ${remedy}`, { cause });
}

function usageFrom({ inputTokens, outputTokens, cachedTokens, reasoningTokens }: TokenUsage): Message['usage'] {
  return { inputTokens, outputTokens, cachedTokens, reasoningTokens };
}

function nativeFrom({ format, json }: NativeMessage): Message['native'] {
  return { format, json };
}

function partFrom(part: PbPart, path: string): Part {
  return {
    ...contentFrom(part, path),
    ...(part.partId === '' ? {} : { partId: part.partId }),
    ...(part.providerData === '' ? {} : { providerData: part.providerData }),
  };
}

function contentFrom({ content }: PbPart, path: string): PartContent {
  switch (content.case) {
    case 'text':
    case 'reasoning':
      return { kind: content.case, text: content.value };
    case 'toolCall': {
      const { id, name, arguments: args } = content.value;
      return { kind: 'toolCall', id, name, arguments: args };
    }
    case 'toolResult': {
      const { callId, name, content: text, parts, isError } = content.value;
      const pieces = parts.map((part, index) => partFrom(part, `${path}.tool_result.parts[${index}]`));
      return { kind: 'toolResult', callId, name, content: text, parts: pieces, isError };
    }
    case 'file': {
      const { mimeType, filename, source } = content.value;
      return { kind: 'file', mimeType, filename, ...sourceFrom(source) };
    }
    case 'data':
      return { kind: 'data', type: content.value.type, json: content.value.json };
    case undefined: {
      const remedy = 'set text, reasoning, tool_call, tool_result, file or data';
      throw new SessionError('INVALID_FIELD', `${path} has no content; ${remedy}`, { field: path });
    }
  }
}

function sourceFrom(source: { case?: 'uri' | 'data' | undefined; value?: unknown }): Pick<FilePart, 'uri' | 'data'> {
  if (source.case === 'uri') return { uri: source.value as string };
  return source.case === 'data' ? { data: source.value as Uint8Array } : {};
}

type PartInit = MessageInitShape<typeof PartSchema>;

function pbPartFrom(part: Part): PartInit {
  return { content: pbContentFrom(part), partId: part.partId ?? '', providerData: part.providerData ?? '' };
}

function pbContentFrom(part: Part): NonNullable<PartInit['content']> {
  switch (part.kind) {
    case 'text':
    case 'reasoning':
      return { case: part.kind, value: part.text };
    case 'toolCall':
      return { case: 'toolCall', value: { id: part.id, name: part.name, arguments: part.arguments } };
    case 'toolResult': {
      const { callId, name, content, parts, isError } = part;
      return { case: 'toolResult', value: { callId, name, content, parts: parts.map(pbPartFrom), isError } };
    }
    case 'file': {
      const { mimeType, filename, uri, data } = part;
      if (data !== undefined)
        return { case: 'file', value: { mimeType, filename, source: { case: 'data', value: data } } };
      if (uri !== undefined)
        return { case: 'file', value: { mimeType, filename, source: { case: 'uri', value: uri } } };
      return { case: 'file', value: { mimeType, filename } };
    }
    case 'data':
      return { case: 'data', value: { type: part.type, json: part.json } };
  }
}
