import { toBinary } from '@bufbuild/protobuf';
import { MessageSchema } from '../../gen/threadkeep/v1/message_pb.ts';
import type { Message } from '../model/message.ts';
import { SessionError } from '../model/session-error.ts';
import type { MessageCodec } from '../ports/message-codec.ts';
import { messageFrom, pbMessageFrom, readBody } from './convert/message.ts';
import { KeptForms } from './kept-forms.ts';

const KEPT_BYTES = 32 * 1024 * 1024;
const decoded = new KeptForms<Message>(KEPT_BYTES);

/** Message bodies as the contract's messages in protobuf's binary form. */
export const messageCodec: MessageCodec = {
  encode: (message) => toBinary(MessageSchema, pbMessageFrom(message)),
  decode: (body) => decoded.find(body) ?? decoded.keep(body, decode(body)),
};

function decode(body: Uint8Array): Message {
  const message = readBody(body);
  try {
    return messageFrom(message, 'message');
  } catch (cause) {
    throw new SessionError('STORE_CORRUPT', 'a stored message is not valid; run threadkeep check-store', { cause });
  }
}
