import type { Changes, RecordedCall } from '../../../model/basis.ts';
import { requestClaimKey } from '../../../model/claim-key.ts';
import type { MongoContext } from '../context.ts';
import type { Update } from '../database/database.ts';
import type { CallDocument, RequestIdEntry, SessionDocument, ToolCallEntry } from '../database/documents.ts';
import { insertAbsent } from '../database/insert-absent.ts';
import { decodeRequestId, encodeRequestId, orderOf } from './call-codec.ts';
import { isPack, unpackToolCalls } from './tool-packs.ts';

/** How many request ids and tool calls stay beside the header when the older ones move to `calls`: commit-filter.ts lets in more. */
export const REQUEST_IDS_KEPT = 256;
const TOOL_CALLS_KEPT = 32;

/** Starts are numbered from 2³² − 2 downwards: so many of the latest that made the session stay, too, and all that it holds. */
const START_NUMBERS = 2 ** 31;
export const STARTS_KEPT = 16;

/** How many of the oldest request ids a load shows. */
const OLDEST_SHOWN = 16;

/** MemoryDocument is as much of a session's document as its memory of calls needs. */
export type MemoryDocument = Pick<
  SessionDocument,
  'uid' | 'rids' | 'starts' | 'ridsMoved' | 'ridsForgotten' | 'tools' | 'toolsMoved' | 'holds'
>;

/** Returns the fields that hold a commit's request ids: appended in their order, they never have to be sorted. */
export function requestIdFields({ recorded }: Changes): Pick<SessionDocument, 'rids' | 'starts'> {
  const [rids, starts] = [recorded.filter((call) => !isStart(call)), recorded.filter(isStart)];
  return {
    rids: rids.map(encodeRequestId).sort(),
    ...(starts.length > 0 && { starts: starts.map(encodeRequestId) }),
  };
}

/** Spilled is what a look-up found in `calls`. */
export interface Spilled {
  requestIds: RecordedCall[];
  toolCalls: ToolCallEntry[];
}

/** Looks up what is not in the document; asks the store only where something was moved to `calls`. */
export async function findSpilled(
  { collections }: MongoContext,
  document: Omit<MemoryDocument, 'rids' | 'starts'> & { recorded: readonly RecordedCall[] },
  { digests = [], callIds = [] }: { digests?: readonly string[]; callIds?: readonly string[] },
  signal?: AbortSignal,
): Promise<Spilled> {
  const { uid, ridsMoved, ridsForgotten = 0, toolsMoved } = document;
  const here = new Set([...document.recorded.map(({ digest }) => digest), ...document.tools.map(({ id }) => id)]);
  const ids = [
    ...(ridsMoved === undefined ? [] : absent(digests, here).map((digest) => requestDocumentId(uid, digest))),
    ...(toolsMoved === undefined ? [] : absent(callIds, here).map((callId) => toolDocumentId(uid, callId))),
  ];
  if (ids.length === 0) return { requestIds: [], toolCalls: [] };
  const found = await collections.calls.find({ _id: { $in: ids } }, { signal });
  const requestIds = found.filter(({ _id, n }) => isRequestId(uid, _id) && n > ridsForgotten);
  const toolCalls = found.filter(({ _id }) => !isRequestId(uid, _id));
  return { requestIds: requestIds.map(recordedOf), toolCalls: toolCalls.map(({ call }) => call as ToolCallEntry) };
}

/** Reads the oldest remembered request ids that were moved to `calls`, ascending, at most 16; usually none, without asking. */
export async function oldestSpilled(
  { collections }: MongoContext,
  { uid, ridsMoved = 0, ridsForgotten = 0 }: MemoryDocument,
  signal?: AbortSignal,
): Promise<RecordedCall[]> {
  if (ridsMoved <= ridsForgotten) return [];
  const filter = { _id: requestRange(uid), n: { $gt: ridsForgotten } };
  const found = await collections.calls.find(filter, { sort: { n: 1 }, limit: OLDEST_SHOWN, signal });
  return found.map(recordedOf);
}

/** CallsMove is what the header update does after calls were copied: always, and only if nothing else was written. */
export interface CallsMove {
  always: Update;
  ifUnchanged: Update;
}

/** Copies what is too old to stay beside the header to `calls`, and releases what is forgotten there. */
export async function moveCalls(
  context: MongoContext,
  document: MemoryDocument & Pick<SessionDocument, 'rev'>,
): Promise<CallsMove> {
  const { uid, rev, ridsMoved, ridsForgotten = 0 } = document;
  const { pulledThrough, spilled } = sortRequestIds(document);
  const starts = sortStarts(document);
  const tools = sortToolCalls(await unpackToolCalls(context, uid, document.tools));
  await spill(context, [
    ...[...spilled, ...starts.spilled].map((call) => ({
      _id: requestDocumentId(uid, call.digest),
      n: call.number,
      call: encodeRequestId(call),
    })),
    ...tools.spilled.map((call) => ({ _id: toolDocumentId(uid, call.id), n: rev, call: { ...call } })),
  ]);
  if (ridsMoved !== undefined && ridsForgotten > 0) await releaseForgotten(context, uid, ridsForgotten);
  const isAnySpilled = spilled.length + starts.spilled.length > 0;
  const pulled = {
    ...(pulledThrough > 0 && { rids: { $lt: orderOf(pulledThrough + 1) } }),
    ...(starts.pulled.length > 0 && { starts: { $in: starts.pulled.map(encodeRequestId) } }),
  };
  return {
    always: {
      ...(Object.keys(pulled).length > 0 && { $pull: pulled }),
      ...(isAnySpilled && { $max: { ridsMoved: spilled.at(-1)?.number ?? 0 } }),
    },
    ifUnchanged: {
      ...((tools.kept.length < document.tools.length || document.tools.some(isPack)) && {
        $set: { tools: tools.kept, ...(tools.spilled.length > 0 && { toolsMoved: true }) },
      }),
    },
  };
}

/** What is forgotten goes, and what is beyond the newest after it was copied: these are always the first. */
function sortRequestIds({ rids, ridsForgotten = 0 }: MemoryDocument) {
  const recorded = rids.map(decodeRequestId);
  const live = recorded.filter(({ number }) => number > ridsForgotten);
  const spilled = live.slice(0, Math.max(0, live.length - REQUEST_IDS_KEPT));
  const isAnyForgotten = live.length < recorded.length;
  return { spilled, pulledThrough: spilled.at(-1)?.number ?? (isAnyForgotten ? ridsForgotten : 0) };
}

/** A Start that found the session is forgotten with its claim. */
function sortStarts({ starts = [], holds = [] }: MemoryDocument) {
  const recorded = starts.map(decodeRequestId).sort((one, other) => one.number - other.number);
  const isHeld = ({ digest }: RecordedCall) => holds.includes(requestClaimKey(digest));
  const makers = recorded.filter(({ created }) => created);
  const spilled = makers.slice(STARTS_KEPT).filter((start) => !isHeld(start));
  return { spilled, pulled: [...recorded.filter((start) => !start.created && !isHeld(start)), ...spilled] };
}

/** Of entries with one id the last holds. */
function sortToolCalls(tools: readonly ToolCallEntry[]) {
  const latest = [...new Map(tools.map((call) => [call.id, call])).values()];
  const places = new Map(tools.map((call, place) => [call, place]));
  latest.sort((one, other) => places.get(one)! - places.get(other)!);
  const spilledCount = Math.max(0, latest.length - TOOL_CALLS_KEPT);
  return { spilled: latest.slice(0, spilledCount), kept: latest.slice(spilledCount) };
}

/** An entry with a smaller number, brought by whoever was late, never replaces one with a greater. */
async function spill({ collections: { calls } }: MongoContext, documents: readonly CallDocument[]): Promise<void> {
  if (documents.length === 0) return;
  await insertAbsent(calls, documents);
  const stored = await calls.find({ _id: { $in: documents.map(({ _id }) => _id) } }, { projection: { n: 1 } });
  const numbers = new Map(stored.map(({ _id, n }) => [_id, n]));
  for (const { _id, n, call } of documents) {
    if (numbers.get(_id) === n) continue;
    await calls.updateOne({ _id, n: { $lt: n } }, { $set: { n, call }, $unset: { gcAt: '' } });
  }
}

async function releaseForgotten({ collections, now }: MongoContext, uid: string, through: number): Promise<void> {
  const filter = { _id: requestRange(uid), n: { $lte: through }, gcAt: { $exists: false } };
  await collections.calls.updateMany(filter, { $set: { gcAt: new Date(now()) } });
}

function isStart({ number }: RecordedCall): boolean {
  return number >= START_NUMBERS;
}

function absent(keys: readonly string[], here: ReadonlySet<string>): string[] {
  return keys.filter((key) => !here.has(key));
}

function recordedOf({ call }: CallDocument): RecordedCall {
  return decodeRequestId(call as RequestIdEntry);
}

function requestDocumentId(uid: string, digest: string): string {
  return `${uid}/r/${digest}`;
}

function toolDocumentId(uid: string, callId: string): string {
  return `${uid}/t/${callId}`;
}

function isRequestId(uid: string, documentId: string): boolean {
  return documentId.startsWith(`${uid}/r/`);
}

function requestRange(uid: string): { $gte: string; $lt: string } {
  return { $gte: `${uid}/r/`, $lt: `${uid}/r0` };
}
