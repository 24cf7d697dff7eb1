import type { Basis, BasisNeeds, RecordedCall } from '../../../model/basis.ts';
import type { MongoContext } from '../context.ts';
import type { SessionDocument, ToolCallEntry } from '../database/documents.ts';
import { readAgainIfMissing } from '../messages/bodies.ts';
import { newestOf } from '../messages/tail.ts';
import { decodeRequestId, decodeToolCall } from './call-codec.ts';
import { findSpilled, oldestSpilled, REQUEST_IDS_KEPT, STARTS_KEPT } from './call-memory.ts';
import { findHolders } from './claims.ts';
import { REQUEST_IDS_MAX } from './commit-filter.ts';
import { decodeActivity, decodeDetails, decodeSummaries } from './part-codec.ts';
import { decodeHeader, documentIdOf, HEADER_FIELDS } from './session-codec.ts';
import { unpackToolCalls } from './tool-packs.ts';

/** How many of the oldest a basis holds (model/basis, oldestRecorded). */
const OLDEST_MAX = 16;

/**
 * So many of the first entries have the oldest remembered among them: forgotten ones may lie before. Where any are, 256 are
 * remembered, and a commit brings no more than a basis shows of the oldest.
 */
const FIRST_ENTRIES = OLDEST_MAX + (REQUEST_IDS_MAX - 1 + OLDEST_MAX - REQUEST_IDS_KEPT);

/** Reads one session's basis: one document, and what is asked for besides claims from `calls` and `bodies` where it lies there. */
export function loadBasis(
  context: MongoContext,
  tenant: string,
  sessionId: string,
  needs: BasisNeeds,
  signal?: AbortSignal,
): Promise<Basis> {
  return readAgainIfMissing(() => loadOnce(context, { tenant, sessionId }, needs, signal));
}

async function loadOnce(
  context: MongoContext,
  { tenant, sessionId }: { tenant: string; sessionId: string },
  needs: BasisNeeds,
  signal?: AbortSignal,
): Promise<Basis> {
  const _id = documentIdOf(tenant, sessionId);
  const [document, claims] = await Promise.all([
    context.collections.sessions.findOne({ _id }, { projection: projectionOf(needs), signal }),
    findHolders(context, tenant, needs.claims ?? [], signal),
  ]);
  const empty: Basis = {
    ...{ tenant, sessionId, header: null, claims },
    ...{ recorded: new Map(), oldestRecorded: [], toolCalls: new Map() },
  };
  if (document === null) return empty;
  const header = decodeHeader(document);
  if (header.isTombstone) return { ...empty, header };
  context.uids.learn(header.uid, _id);
  return {
    ...empty,
    header,
    ...(await loadParts(context, document, needs, signal)),
    ...(await loadMemory(context, document, needs, signal)),
    ...(needs.newest && { newest: newestOf(document) }),
  };
}

/** Names the fields that needs come to: what is not read is not sent. */
function projectionOf(needs: BasisNeeds): Record<string, unknown> {
  const { details, state, summaries, activity, newest, memory, requestIds = [], toolCallIds = [] } = needs;
  const fields: (keyof SessionDocument)[] = [
    ...HEADER_FIELDS,
    ...(['starts', 'ridsMoved', 'ridsForgotten', 'toolsMoved'] as const),
    ...(details ? (['details'] as const) : []),
    ...(state ? (['state'] as const) : []),
    ...(summaries ? (['summaries'] as const) : []),
    ...(activity ? (['activity'] as const) : []),
    ...(newest ? (['tail', 'settled', 'floor'] as const) : []),
    ...(memory || toolCallIds.length > 0 ? (['tools'] as const) : []),
  ];
  const areAllSought = memory || requestIds.length > 0;
  return {
    ...Object.fromEntries(fields.map((field) => [field, 1])),
    rids: areAllSought ? 1 : { $slice: FIRST_ENTRIES },
  };
}

async function loadParts(
  context: MongoContext,
  document: SessionDocument,
  needs: BasisNeeds,
  signal?: AbortSignal,
): Promise<Partial<Basis>> {
  const { uid, details, state, summaries } = document;
  return {
    ...(needs.details && { details: await decodeDetails(context, uid, details, signal) }),
    ...(needs.state && { state: JSON.parse(state) }),
    ...(needs.summaries && { summaries: await decodeSummaries(context, uid, summaries, signal) }),
    ...(needs.activity && { activity: await decodeActivity(context, document, signal) }),
  };
}

async function loadMemory(
  context: MongoContext,
  document: SessionDocument,
  { requestIds = [], toolCallIds = [], memory = false }: BasisNeeds,
  signal?: AbortSignal,
): Promise<Partial<Basis>> {
  const { ridsForgotten = 0 } = document;
  const tools = await unpackToolCalls(context, document.uid, document.tools ?? [], signal);
  const rids = document.rids.map(decodeRequestId).filter(({ number }) => number > ridsForgotten);
  const starts = (document.starts ?? []).map(decodeRequestId).sort((one, other) => one.number - other.number);
  const here = [...rids, ...starts];
  const sought = { digests: requestIds, callIds: toolCallIds };
  const spilled = await findSpilled(context, { ...document, recorded: here, tools }, sought, signal);
  const oldest = [...(await oldestSpilled(context, document, signal)), ...here];
  return {
    recorded: byDigest([...spilled.requestIds, ...here], memory ? null : requestIds),
    oldestRecorded: oldest.slice(0, OLDEST_MAX).map(({ number, keepUntil }) => ({ number, keepUntil })),
    // Of entries with one id the last holds.
    toolCalls: byCallId([...spilled.toolCalls, ...tools], memory ? null : toolCallIds),
    ...(memory && { known: { requestIds: isAllHere(document), toolCalls: document.toolsMoved === undefined } }),
  };
}

/** A Start's request id, of which each generation has one at most, is never forgotten once it was moved. */
function isAllHere({ ridsMoved, ridsForgotten = 0, gen }: SessionDocument): boolean {
  return ridsMoved === undefined || (ridsMoved <= ridsForgotten && gen <= STARTS_KEPT);
}

function byDigest(calls: readonly RecordedCall[], wanted: readonly string[] | null): Basis['recorded'] {
  const found = calls.filter(({ digest }) => wanted === null || wanted.includes(digest));
  return new Map(found.map((call) => [call.digest, call]));
}

function byCallId(entries: readonly ToolCallEntry[], wanted: readonly string[] | null): Basis['toolCalls'] {
  const found = entries.filter(({ id }) => wanted === null || wanted.includes(id));
  return new Map(found.map((entry) => [entry.id, decodeToolCall(entry)]));
}
