import { crc32 } from 'node:zlib';
import type { ToolCallRecord } from '../../model/activity.ts';
import type { Basis, KnownMemory, RecordedCall } from '../../model/basis.ts';
import type { StoredMessage } from '../../model/message.ts';
import { CallMemory } from './call-memory.ts';
import type { Entry } from './entry.ts';

// version (1 byte) · crc32 of all that follows (4) · bytes of the text (4) · text, JSON · bodies of the newest messages

const VERSION = 1;
const TEXT_AT = 9;

/** What of an entry is JSON; recorded calls follow as a list of their own. */
type Facts = Omit<Entry, 'newest' | 'memory' | 'sentAtMs' | 'sharedMark'> & {
  newest: (Omit<StoredMessage, 'body'> & { bytes: number })[] | null;
  memory: { known: KnownMemory; oldest: Basis['oldestRecorded']; toolCalls: ToolCallRecord[] };
};

/** Turns an entry into the bytes that the instances' cache keeps; its age is not among them (README.md). */
export function encodeEntry({ newest, memory, sentAtMs: _, sharedMark: __, ...rest }: Entry): Uint8Array {
  const bodies = (newest ?? []).map(({ body }) => body);
  const { known } = memory;
  const facts: Facts = {
    ...rest,
    newest: newest?.map(({ body, ...message }) => ({ ...message, bytes: body.byteLength })) ?? null,
    memory: { known, oldest: memory.oldest(), toolCalls: [...memory.toolCalls] },
  };
  const text = Buffer.from(`[${JSON.stringify(facts)},[${memory.recorded.map(recordedText).join()}]]`);
  const frame = Buffer.concat([Buffer.alloc(TEXT_AT), text, ...bodies]);
  frame[0] = VERSION;
  frame.writeUInt32LE(text.byteLength, 5);
  frame.writeUInt32LE(crc32(frame.subarray(5)), 1);
  return frame;
}

/** Turns bytes back into the entry of a session; null for what is damaged, of another version, or another session's. */
export function decodeEntry(bytes: Uint8Array, tenant: string, sessionId: string): Entry | null {
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (frame.byteLength < TEXT_AT || frame[0] !== VERSION) return null;
  if (crc32(frame.subarray(5)) !== frame.readUInt32LE(1)) return null;
  const bodiesAt = TEXT_AT + frame.readUInt32LE(5);
  const [facts, recorded] = JSON.parse(frame.toString('utf8', TEXT_AT, bodiesAt)) as [Facts, RecordedTuple[]];
  const { memory, newest, ...rest } = facts;
  if (rest.header.tenant !== tenant || rest.header.sessionId !== sessionId) return null;
  return {
    ...rest,
    newest: newest === null ? null : withBodies(newest, frame, bodiesAt),
    memory: memoryFrom(memory, recorded),
    // No two clocks are compared, and a put may have been under way for long: nobody can tell how old it is.
    sentAtMs: Number.NEGATIVE_INFINITY,
  };
}

const texts = new WeakMap<RecordedCall, string>();

/** Recorded calls never change and are put again and again: each is written once. */
function recordedText(call: RecordedCall): string {
  const written = texts.get(call) ?? JSON.stringify(tupleOf(call));
  texts.set(call, written);
  return written;
}

/** A recorded call without the names of its fields. */
type RecordedTuple = ReturnType<typeof tupleOf>;

function tupleOf(call: RecordedCall) {
  const { number, digest, content, keepUntil, version, firstSequence, lastSequence, removedCount } = call;
  const { created, resumed, previousGeneration } = call;
  return [
    ...([number, digest, content, keepUntil, version, firstSequence, lastSequence, removedCount] as const),
    ...([created, resumed, previousGeneration] as const),
  ] as const;
}

function recordedFrom(tuple: RecordedTuple): RecordedCall {
  const [number, digest, content, keepUntil, version, firstSequence, lastSequence, removedCount, ...facts] = tuple;
  const [created, resumed, previousGeneration] = facts;
  return {
    ...{ number, digest, content, keepUntil, version, firstSequence, lastSequence, removedCount },
    ...{ created, resumed, previousGeneration },
  };
}

function withBodies(newest: NonNullable<Facts['newest']>, frame: Buffer, bodiesAt: number): StoredMessage[] {
  let end = bodiesAt;
  return newest.map(({ bytes, ...message }) => {
    const start = end;
    end += bytes;
    return { ...message, body: new Uint8Array(frame.subarray(start, end)) };
  });
}

function memoryFrom({ known, oldest, toolCalls }: Facts['memory'], recorded: readonly RecordedTuple[]): CallMemory {
  return new CallMemory({
    known,
    oldestRecorded: oldest,
    recorded: new Map(recorded.map(recordedFrom).map((call) => [call.digest, call])),
    toolCalls: new Map(toolCalls.map((call) => [call.callId, call])),
  });
}
