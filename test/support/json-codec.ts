import type { Message } from '../../src/model/message.ts';
import { SessionError } from '../../src/model/session-error.ts';
import type { MessageCodec } from '../../src/ports/message-codec.ts';

/** Message bodies as JSON text, for tests below rpc; inline file data goes as base64. */
export const jsonCodec: MessageCodec = {
  encode: (message) => Buffer.from(JSON.stringify(message, writeBytes)),
  decode(body) {
    try {
      return JSON.parse(Buffer.from(body).toString(), readBytes) as Message;
    } catch (cause) {
      throw new SessionError('STORE_CORRUPT', 'the message body is no JSON; restore the store from a backup', {
        cause,
      });
    }
  },
};

function writeBytes(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? { base64: Buffer.from(value).toString('base64') } : value;
}

function readBytes(_key: string, value: unknown): unknown {
  const isBytes = typeof value === 'object' && value !== null && Object.keys(value).join() === 'base64';
  return isBytes ? new Uint8Array(Buffer.from((value as { base64: string }).base64, 'base64')) : value;
}
