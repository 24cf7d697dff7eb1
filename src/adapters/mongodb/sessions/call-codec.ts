import type { ToolCallRecord } from '../../../model/activity.ts';
import type { RecordedCall } from '../../../model/basis.ts';
import type { RequestIdEntry, ToolCallEntry } from '../database/documents.ts';

/** Turns a remembered request id into its entry; what is 0 or false is absent. */
export function encodeRequestId(call: RecordedCall): RequestIdEntry {
  return {
    n: call.number,
    digest: call.digest,
    content: call.content,
    v: call.version,
    ...(call.keepUntil !== 0 && { keep: call.keepUntil }),
    ...(call.firstSequence !== 0 && { first: call.firstSequence }),
    ...(call.lastSequence !== 0 && { last: call.lastSequence }),
    ...(call.removedCount !== 0 && { cut: call.removedCount }),
    ...(call.created && { made: true }),
    ...(call.resumed && { back: true }),
    ...(call.previousGeneration !== 0 && { gen: call.previousGeneration }),
  };
}

/** Turns an entry back into the remembered request id. */
export function decodeRequestId(entry: RequestIdEntry): RecordedCall {
  return {
    number: entry.n,
    digest: entry.digest,
    content: entry.content,
    keepUntil: entry.keep ?? 0,
    version: entry.v,
    firstSequence: entry.first ?? 0,
    lastSequence: entry.last ?? 0,
    removedCount: entry.cut ?? 0,
    created: entry.made ?? false,
    resumed: entry.back ?? false,
    previousGeneration: entry.gen ?? 0,
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
