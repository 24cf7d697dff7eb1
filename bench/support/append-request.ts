import type { MessageInitShape } from '@bufbuild/protobuf';
import type { AddMessageRequestSchema } from '../../gen/threadkeep/v1/history_pb.ts';
import { Role } from '../../gen/threadkeep/v1/message_pb.ts';

const text = 'The flight to Lisbon leaves at 9:40; shall I book the seat by the window? '.repeat(5).slice(0, 370);

/** Returns the AddMessage that benchmarks send: 370 bytes of text. */
export function appendRequest(sessionId: string): MessageInitShape<typeof AddMessageRequestSchema> {
  return { sessionId, message: { role: Role.USER, parts: [{ content: { case: 'text', value: text } }] } };
}
