import type { NewMessage, Part } from '../../src/model/message.ts';
import { termsOf } from '../../src/model/search/terms.ts';
import { messageCodec } from '../../src/rpc/message-codec.ts';

/** Returns a message of a user, ready to be appended, as the service makes one of what a caller sends. */
export function fillerMessage(text: string): NewMessage {
  return messageWith({ kind: 'text', text }, { tokenCount: Math.ceil(text.length / 4), terms: termsOf(text) });
}

/** Returns a message of a user with a file of so many bytes, ready to be appended. */
export function fillerFile(bytes: number): NewMessage {
  const part: Part = { kind: 'file', mimeType: 'application/octet-stream', filename: '', data: new Uint8Array(bytes) };
  return messageWith(part, { hasFiles: true });
}

function messageWith(part: Part, facts: Partial<NewMessage>): NewMessage {
  const body = messageCodec.encode({
    ...{ messageId: '', turnId: '', role: 'USER', author: '', tokenCount: 0, model: '', sentAt: null, requestId: '' },
    parts: [part],
  });
  return {
    role: 'USER',
    messageId: '',
    turnId: '',
    sentAt: null,
    tokenCount: 0,
    isTokenCountExact: false,
    hasFiles: false,
    terms: [],
    toolCalls: [],
    toolResults: [],
    body,
    ...facts,
  };
}
