import type { NewMessage } from '../../src/model/message.ts';
import { termsOf } from '../../src/model/search/terms.ts';
import { messageCodec } from '../../src/rpc/message-codec.ts';

/** Returns a message of a user, ready to be appended, as the service makes one of what a caller sends. */
export function fillerMessage(text: string): NewMessage {
  const body = messageCodec.encode({
    ...{ messageId: '', turnId: '', role: 'USER', author: '', tokenCount: 0, model: '', sentAt: null, requestId: '' },
    parts: [{ kind: 'text', text }],
  });
  return {
    role: 'USER',
    messageId: '',
    turnId: '',
    sentAt: null,
    tokenCount: Math.ceil(text.length / 4),
    isTokenCountExact: false,
    hasFiles: false,
    terms: termsOf(text),
    toolCalls: [],
    toolResults: [],
    body,
  };
}
