import type { Basis, Changes, RecordedCall } from '../basis.ts';
import type { Answer, Call, RequestIdentity } from '../call.ts';
import type { SessionHeader } from '../session.ts';
import { SessionError } from '../session-error.ts';
import { type Draft, writeHeader } from './draft.ts';

/** How many request ids a session remembers, however old. */
export const REQUEST_IDS_KEPT = 256;

/** How many request ids a session remembers at most; more within two minutes are refused. */
export const REQUEST_IDS_MAX = 4096;

/** How long a caller's request id is remembered at least, in ms. */
export const REQUEST_ID_WINDOW_MS = 120_000;

/** Numbers of kept Starts go down from here by the header's rev, out of reach of all forgetting: `first` to `next` stays below. */
const START_NUMBER_MAX = 2 ** 32 - 1;

/** Returns the first answer to a request id that is remembered, with the header of today; null for one that is not. Throws REQUEST_ID_REUSED. */
export function recallAnswer(basis: Basis, { kind, request }: Pick<Call, 'kind' | 'request'>): Answer | null {
  if (request === undefined || basis.header === null) return null;
  if (basis.header.isTombstone) return kind === 'delete' ? recallDelete(basis.header, request) : null;
  const recorded = basis.recorded.get(request.digest);
  if (recorded === undefined) return null;
  if (recorded.content !== request.content) throw requestIdReused(recorded);
  const { version, firstSequence, lastSequence, created, resumed, previousGeneration, removedCount } = recorded;
  return {
    header: basis.header,
    version,
    created,
    resumed,
    previousGeneration,
    sequences: firstSequence === 0 ? null : [firstSequence, lastSequence],
    removedCount,
    isRepeated: true,
  };
}

/** A tombstone's run id is the digest of the Delete that made it: all that a deleted session remembers. */
function recallDelete(header: SessionHeader, request: RequestIdentity): Answer | null {
  if (header.runId !== request.digest) return null;
  return {
    header,
    version: header.version,
    created: false,
    resumed: false,
    previousGeneration: header.generation,
    sequences: null,
    removedCount: header.counters.messageCount,
    isRepeated: true,
  };
}

function requestIdReused(recorded: RecordedCall): SessionError {
  return new SessionError('REQUEST_ID_REUSED', 'request_id was used for another call, give each call its own', {
    field: 'request_id',
    metadata: { first_version: String(recorded.version) },
  });
}

/**
 * Remembers the call with its answer and forgets the oldest ids that may go. A call that changed nothing but deadlines
 * needs no memory, unless the caller named it. The Start that made a session is remembered as long as the session, and one
 * that found it as long as the session holds its request id.
 * Throws OVERLOADED when too many ids are within their window.
 */
export function rememberCall(draft: Draft, kind: Call['kind']): void {
  const { request } = draft.conditions;
  if (request === undefined || draft.header.isTombstone) return;
  if (request.isServerMade && !draft.isWritten) return;
  const { requestIds, rev } = draft.header;
  const isStart = kind === 'start' && (draft.facts.created || !request.isServerMade);
  const number = isStart ? START_NUMBER_MAX - (rev + 1) : requestIds.next;
  if (isStart) writeHeader(draft, {});
  else takeNumber(draft);
  const { created, resumed, previousGeneration, removedCount, sequences } = draft.facts;
  draft.asides.recorded.push({
    number,
    digest: request.digest,
    content: request.content,
    keepUntil: request.isServerMade ? 0 : draft.time.now + REQUEST_ID_WINDOW_MS,
    version: draft.header.version,
    firstSequence: sequences?.[0] ?? 0,
    lastSequence: sequences?.[1] ?? 0,
    removedCount,
    created,
    resumed,
    previousGeneration,
  });
}

/** Takes the next number; forgets only what the basis shows, in order, so that what is remembered has no holes. */
function takeNumber(draft: Draft): void {
  const { first, next } = draft.header.requestIds;
  const oldest = draft.basis.oldestRecorded;
  let kept = first;
  for (const { number, keepUntil } of oldest) {
    if (number !== kept || next + 1 - kept <= REQUEST_IDS_KEPT || keepUntil > draft.time.now) break;
    kept = number + 1;
  }
  if (next + 1 - kept > REQUEST_IDS_MAX) throw overloaded(oldest[0]?.keepUntil ?? 0, draft.time.now);
  if (kept > first) draft.asides.forgetThrough = kept - 1;
  writeHeader(draft, { requestIds: { first: kept, next: next + 1 } });
}

function overloaded(freeAt: number, now: number): SessionError {
  return new SessionError(
    'OVERLOADED',
    `the session remembers ${REQUEST_IDS_MAX} request ids of the last two minutes, send fewer and larger calls`,
    { metadata: { limit: 'request_ids', max: String(REQUEST_IDS_MAX) }, retryAfterMs: Math.max(1000, freeAt - now) },
  );
}

/** Tells whether two commits' request ids fit one: a commit forgets no more than it could see. */
export function areRequestIdsBounded(first: Changes, second: Changes): boolean {
  const { requestIds } = second.header;
  const isFull = requestIds.next - requestIds.first > REQUEST_IDS_KEPT;
  return !isFull || first.recorded.length + second.recorded.length <= RECORDED_SHOWN;
}

/** How many of the oldest request ids a basis shows. */
export const RECORDED_SHOWN = 16;
