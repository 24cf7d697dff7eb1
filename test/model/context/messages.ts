import type { LoadedMessage } from '../../../src/model/context/loaded-message.ts';
import type { Message, Part, Role } from '../../../src/model/message.ts';

/** Makes a message that holds nothing but its parts. */
export function messageOf(role: Role, parts: Part[]): Message {
  return { messageId: '', turnId: '', role, author: '', parts, tokenCount: 0, model: '', sentAt: null, requestId: '' };
}

/** Numbers messages from 1 and gives each a token count; a USER message begins a turn. */
export function loadedOf(
  messages: readonly Message[],
  tokensOf: (message: Message, index: number) => number = () => 10,
): LoadedMessage[] {
  return messages.map((message, index) => {
    const tokenCount = tokensOf(message, index);
    return { sequence: index + 1, startsTurn: message.role === 'USER', tokenCount, countedTokens: tokenCount, message };
  });
}

/** Makes a message of one text. */
export function said(role: Role, text: string): Message {
  return messageOf(role, [{ kind: 'text', text }]);
}

/** Makes an answer that calls tools, one for each id. */
export function calling(...ids: string[]): Message {
  return messageOf(
    'ASSISTANT',
    ids.map((id) => ({ kind: 'toolCall', id, name: 'look', arguments: '{"at":1}' })),
  );
}

/** Makes a message of tool results, one for each id. */
export function resulting(...ids: string[]): Message {
  return messageOf(
    'TOOL',
    ids.map((callId) => ({
      kind: 'toolResult',
      callId,
      name: 'look',
      content: `what the call ${callId} found where it was told to look for it`,
      parts: [],
      isError: false,
    })),
  );
}
