import { toBinary } from '@bufbuild/protobuf';
import { MessageSchema } from '../../gen/threadkeep/v1/message_pb.ts';
import { SessionError } from '../model/session-error.ts';
import type { MessageCodec } from '../ports/message-codec.ts';
import { messageFrom, pbMessageFrom, readBody } from './convert/message.ts';

/** Message bodies as the contract's messages in protobuf's binary form. */
export const messageCodec: MessageCodec = {
  encode: (message) => toBinary(MessageSchema, pbMessageFrom(message)),
  decode(body) {
    const message = readBody(body);
    try {
      return messageFrom(message, 'message');
    } catch (cause) {
      throw new SessionError('STORE_CORRUPT', 'a stored message is not valid; run threadkeep check-store', { cause });
    }
  },
};
