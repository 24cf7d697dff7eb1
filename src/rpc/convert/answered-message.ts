import { create, toBinary, type UnknownField } from '@bufbuild/protobuf';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { MessageSchema, type Message as PbMessage } from '../../../gen/threadkeep/v1/message_pb.ts';
import type { StoredMessage } from '../../model/message.ts';
import { KeptForms } from '../kept-forms.ts';
import { corruptBody, readBody } from './message.ts';
import { timestampFromAt } from './timestamp.ts';

/**
 * Makes the messages of an answer: the stored bodies with what the commits added. STORE_CORRUPT when a body is none.
 * Those of an answer in binary have no fields that could be read: their bytes are copied through as it is written.
 */
export function pbMessagesFrom(messages: readonly StoredMessage[], isBinary: boolean): PbMessage[] {
  return messages.map((stored) => {
    const kept = answered.find(stored.body);
    if (kept !== undefined && kept.isBinary === isBinary && isAsIn(kept.stored, stored)) return kept.message;
    const message = isBinary ? copiedFrom(stored) : decodedFrom(stored);
    return answered.keep(stored.body, { message, isBinary, stored }).message;
  });
}

/** Answered is a message as it was answered last. */
interface Answered {
  message: PbMessage;
  isBinary: boolean;
  stored: StoredMessage;
}

const ANSWERED_BYTES = 32 * 1024 * 1024;
const answered = new KeptForms<Answered>(ANSWERED_BYTES);

/** An estimate of tokens is made exact while the body stays. */
function isAsIn(before: StoredMessage, stored: StoredMessage): boolean {
  return (
    before.tokenCount === stored.tokenCount &&
    before.sequence === stored.sequence &&
    before.runId === stored.runId &&
    before.createdAt === stored.createdAt
  );
}

function decodedFrom({ sequence, tokenCount, createdAt, runId, body }: StoredMessage): PbMessage {
  return Object.assign(readBody(body), { sequence, tokenCount, createTime: timestampFromAt(createdAt), runId });
}

const { field } = MessageSchema;
const addedNumbers = new Set(
  [field.sequence, field.tokenCount, field.createTime, field.runId].map((each) => each.number),
);

/** The fields stand in the order of their numbers, as in what is encoded whole, and each but once. */
function copiedFrom({ sequence, tokenCount, createdAt, runId, body }: StoredMessage): PbMessage {
  const added = create(MessageSchema, { sequence, tokenCount, createTime: timestampFromAt(createdAt), runId });
  const copied = fieldsOf(body).filter(({ no }) => !addedNumbers.has(no));
  const fields = [...fieldsOf(toBinary(MessageSchema, added)), ...copied].sort((one, other) => one.no - other.no);
  return asOneField(toBinary(MessageSchema, withUnknown(fields)));
}

function fieldsOf(bytes: Uint8Array): UnknownField[] {
  const reader = new BinaryReader(bytes);
  const fields: UnknownField[] = [];
  try {
    while (reader.pos < reader.len) {
      const [no, wireType] = reader.tag();
      fields.push({ no, wireType, data: reader.skip(wireType, no) });
    }
  } catch (cause) {
    throw corruptBody(cause);
  }
  return fields;
}

/** What is unknown is written as it is: with the first tag apart, all the rest of a message passes for one field's value. */
function asOneField(bytes: Uint8Array): PbMessage {
  if (bytes.length === 0) return create(MessageSchema);
  const reader = new BinaryReader(bytes);
  const [no, wireType] = reader.tag();
  return withUnknown([{ no, wireType, data: bytes.subarray(reader.pos) }]);
}

function withUnknown(fields: UnknownField[]): PbMessage {
  return Object.assign(create(MessageSchema), { $unknown: fields });
}
