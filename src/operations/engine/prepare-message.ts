import { checkMessage } from '../../model/checks/check-message.ts';
import { messageTooLarge } from '../../model/checks/refusals.ts';
import { estimateMessageTokens } from '../../model/context/estimate-tokens.ts';
import type { Message, NewMessage, Part } from '../../model/message.ts';
import { searchableText } from '../../model/search/searchable-text.ts';
import { termsOf } from '../../model/search/terms.ts';
import { toolCallKey } from '../../model/tool-call-key.ts';
import type { Engine } from './engine.ts';

/**
 * Makes a caller's message ready to be appended: checked, encoded, its tokens estimated unless the caller counted them.
 * `field` is where it stands in the request. Throws INVALID_FIELD, LIMIT_EXCEEDED and MESSAGE_TOO_LARGE.
 */
export function prepareMessage({ codec, settings }: Engine, field: string, message: Message): NewMessage {
  checkMessage(field, message, settings.limits);
  const body = codec.encode(message);
  const bytesMax = settings.limits.messageBytesMax;
  if (body.byteLength > bytesMax) throw messageTooLarge(field, body.byteLength, bytesMax);
  return {
    role: message.role,
    messageId: message.messageId,
    turnId: message.turnId,
    sentAt: message.sentAt,
    tokenCount: message.tokenCount || estimateMessageTokens(message),
    isTokenCountExact: message.tokenCount > 0,
    hasFiles: message.parts.some(holdsFile),
    terms: termsOf(searchableText(message)),
    toolCalls: message.parts.flatMap((part) =>
      part.kind === 'toolCall' ? [{ callId: toolCallKey(part.id), name: part.name }] : [],
    ),
    toolResults: message.parts.flatMap((part) => (part.kind === 'toolResult' ? [resultOf(part)] : [])),
    body,
  };
}

function holdsFile(part: Part): boolean {
  if (part.kind === 'toolResult') return part.parts.some(holdsFile);
  return part.kind === 'file' && part.data !== undefined;
}

function resultOf({ callId, name, isError }: Extract<Part, { kind: 'toolResult' }>): NewMessage['toolResults'][number] {
  return { callId: toolCallKey(callId), name, isError };
}
