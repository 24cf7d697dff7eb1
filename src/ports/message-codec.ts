import type { Message } from '../model/message.ts';

/** MessageCodec turns messages into the bytes that stores keep and answers carry, and back, without loss. */
export interface MessageCodec {
  encode(message: Message): Uint8Array;
  /** Throws STORE_CORRUPT when the bytes are none. */
  decode(body: Uint8Array): Message;
}
