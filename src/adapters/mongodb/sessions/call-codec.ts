import type { ToolCallRecord } from '../../../model/activity.ts';
import type { RecordedCall } from '../../../model/basis.ts';
import type { RequestIdEntry, ToolCallEntry } from '../database/documents.ts';

/** Any number of a request id has so many digits at most: with leading zeros texts are in the order of numbers. */
const NUMBER_DIGITS = 10;

/**
 * Turns a remembered request id into its entry: a session has hundreds beside its header, and a document of eleven fields
 * for each would be most of what its appends write anew.
 */
export function encodeRequestId(call: RecordedCall): RequestIdEntry {
  const { digest, content, version, keepUntil, firstSequence, lastSequence, removedCount, previousGeneration } = call;
  const flags = (call.created ? 1 : 0) | (call.resumed ? 2 : 0);
  const numbers = [version, keepUntil, firstSequence, lastSequence, removedCount, previousGeneration, flags];
  return `${orderOf(call.number)} ${digest} ${content} ${numbers.join(' ')}`;
}

/** Returns what an entry with this number begins with: entries with smaller numbers are smaller texts. */
export function orderOf(number: number): string {
  return String(number).padStart(NUMBER_DIGITS, '0');
}

/** Turns an entry back into the remembered request id. */
export function decodeRequestId(entry: RequestIdEntry): RecordedCall {
  const [number, digest = '', content = '', ...numbers] = entry.split(' ');
  const [
    version = 0,
    keepUntil = 0,
    firstSequence = 0,
    lastSequence = 0,
    removedCount = 0,
    previousGeneration = 0,
    flags = 0,
  ] = numbers.map(Number);
  return {
    ...{ number: Number(number), digest, content, version, keepUntil, firstSequence, lastSequence, removedCount },
    ...{ previousGeneration, created: (flags & 1) !== 0, resumed: (flags & 2) !== 0 },
  };
}

/** Turns a counted tool call into its entry. */
export function encodeToolCall(call: ToolCallRecord): ToolCallEntry {
  return {
    id: call.callId,
    name: call.name,
    ...(call.isFailed && { failed: true }),
    ...(call.durationMs !== null && { ms: call.durationMs }),
    ...(call.startedAt !== undefined && { start: call.startedAt }),
  };
}

/** Turns an entry back into the counted tool call. */
export function decodeToolCall(entry: ToolCallEntry): ToolCallRecord {
  return {
    callId: entry.id,
    name: entry.name,
    isFailed: entry.failed ?? false,
    durationMs: entry.ms ?? null,
    ...(entry.start !== undefined && { startedAt: entry.start }),
  };
}
