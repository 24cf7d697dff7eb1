import { create, type UnknownField } from '@bufbuild/protobuf';
import { BinaryReader, type WireType } from '@bufbuild/protobuf/wire';
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

/** Has the fields that the commit set; the body's others are unknown to it, and so are written as they are. */
function copiedFrom({ sequence, tokenCount, createdAt, runId, body }: StoredMessage): PbMessage {
  return {
    ...NOTHING,
    sequence,
    tokenCount,
    createTime: timestampFromAt(createdAt),
    runId,
    $unknown: runsToCopy(body),
  };
}

const NOTHING = create(MessageSchema);

const { sequence, tokenCount, createTime, runId } = MessageSchema.field;
const numbersOfCommit = new Set([sequence, tokenCount, createTime, runId].map(({ number }) => number));

/** Finds the fields that the commit does not set. Those that adjoin are one run, which passes for the first one's value. */
function runsToCopy(body: Uint8Array): UnknownField[] {
  const reader = new BinaryReader(body);
  const runs: Run[] = [];
  let run: Run | null = null;
  try {
    while (reader.pos < reader.len) {
      const [no, wireType] = reader.tag();
      const start = reader.pos;
      reader.skip(wireType, no);
      if (numbersOfCommit.has(no)) {
        run = null;
        continue;
      }
      if (run === null) {
        run = { no, wireType, start, end: start };
        runs.push(run);
      }
      run.end = reader.pos;
    }
  } catch (cause) {
    throw corruptBody(cause);
  }
  return runs.map(({ no, wireType, start, end }) => ({ no, wireType, data: body.subarray(start, end) }));
}

interface Run {
  no: number;
  wireType: WireType;
  start: number;
  end: number;
}
