import type { Basis, BasisNeeds } from '../../model/basis.ts';
import type { StoredMessage } from '../../model/message.ts';
import type { SessionHeader } from '../../model/session.ts';
import { CallMemory } from './call-memory.ts';
import { newestOf, withOwnBody } from './newest.ts';
import { partBytes } from './part-bytes.ts';

/** Parts is what hangs on a header as it is; absent = not asked for yet. */
type Parts = Pick<Basis, 'details' | 'state' | 'summaries' | 'activity'>;

/** Entry is what is known of a live session: all of it at one revision, as the store had it no earlier than `sentAtMs`. */
export interface Entry extends Parts {
  readonly header: SessionHeader;
  /** A run up to lastSequence; null = not to be had beside the header, absent = not asked for yet. */
  readonly newest?: readonly StoredMessage[] | null;
  readonly memory: CallMemory;
  /** Monotonic ms of this process when the store was asked; −Infinity when nobody can tell: another instance put it. */
  readonly sentAtMs: number;
  /** What the instances' cache was last given of it, or gave (shared-entries.ts); absent = unknown. */
  readonly sharedMark?: string;
}

/** All that an entry is made from. */
export const WHOLE_ENTRY: Readonly<BasisNeeds> = {
  details: true,
  state: true,
  summaries: true,
  activity: true,
  newest: true,
  memory: true,
};

/** Makes the entry of what a store answered; null for what is never kept: absence and tombstones. */
export function entryFromBasis(basis: Basis, sentAtMs: number): Entry | null {
  const { header, newest } = basis;
  if (header === null || header.isTombstone) return null;
  return {
    header,
    ...partsOf(basis),
    ...(newest === undefined ? basis.known && { newest: null } : { newest: newestOf(newest.map(withOwnBody)) }),
    memory: new CallMemory(basis),
    sentAtMs,
  };
}

/** Joins what two loads of the same revision brought; what is in both is the later one's. */
export function mergeEntries(kept: Entry, loaded: Basis, sentAtMs: number): Entry {
  const entry = entryFromBasis(loaded, sentAtMs)!;
  if (loaded.known === undefined) kept.memory.learn(loaded);
  return {
    ...kept,
    ...partsOf(loaded),
    ...(entry.newest !== undefined && { newest: entry.newest }),
    memory: loaded.known === undefined ? kept.memory : entry.memory,
    header: sentAtMs >= kept.sentAtMs ? entry.header : kept.header,
    sentAtMs: Math.max(sentAtMs, kept.sentAtMs),
  };
}

/** Tells whether an entry has all that a load asks for; claims and the whole memory are asked of the store alone. */
export function hasAll(entry: Entry, needs: BasisNeeds): boolean {
  return (
    !(needs.details && entry.details === undefined) &&
    !(needs.state && entry.state === undefined) &&
    !(needs.summaries && entry.summaries === undefined) &&
    !(needs.activity && entry.activity === undefined) &&
    !(needs.newest && entry.newest === undefined) &&
    entry.memory.tells(needs.requestIds, needs.toolCallIds)
  );
}

/** Answers a load from an entry that has all of it; `ageMs` absent = it is as the store has it. */
export function basisFromEntry(entry: Entry, needs: BasisNeeds, ageMs?: number): Basis {
  const { header, details, state, summaries, activity, newest, memory } = entry;
  const basis: Basis = {
    tenant: header.tenant,
    sessionId: header.sessionId,
    header,
    recorded: memory.findRecorded(needs.requestIds),
    oldestRecorded: memory.oldest(),
    toolCalls: memory.findToolCalls(needs.toolCallIds),
    claims: NO_CLAIMS,
  };
  // Set one by one: this is on the path of every call, and each spread would make an object of its own.
  if (needs.details && details) basis.details = details;
  if (needs.state && state) basis.state = state;
  if (needs.summaries && summaries) basis.summaries = summaries;
  if (needs.activity && activity) basis.activity = activity;
  if (needs.newest && newest) basis.newest = newest;
  if (ageMs !== undefined) basis.ageMs = ageMs;
  return basis;
}

/** Returns of a store's answer what the caller asked for; the store may have been asked for more. */
export function narrowBasis(basis: Basis, needs: BasisNeeds): Basis {
  const { tenant, sessionId, header, recorded, oldestRecorded, toolCalls, claims, newest, known } = basis;
  return {
    tenant,
    sessionId,
    header,
    ...wantedParts(basis, needs),
    recorded: needs.memory ? recorded : only(recorded, needs.requestIds),
    oldestRecorded,
    toolCalls: needs.memory ? toolCalls : only(toolCalls, needs.toolCallIds),
    claims,
    ...(needs.newest && newest && { newest }),
    ...(needs.memory && known && { known }),
  };
}

/** Estimates what an entry takes in memory. */
export function entryBytes({ details, state, summaries, activity, newest, memory }: Entry): number {
  const parts = [details, state, summaries, activity].reduce((sum, part) => sum + partBytes(part), HEADER_BYTES);
  const messages = (newest ?? []).reduce((sum, { body }) => sum + body.byteLength + MESSAGE_BYTES, 0);
  return parts + messages + memory.bytes;
}

const NO_CLAIMS: Basis['claims'] = new Map();

const HEADER_BYTES = 3072;
const MESSAGE_BYTES = 384;

function partsOf({ details, state, summaries, activity }: Parts): Parts {
  return {
    ...(details && { details }),
    ...(state && { state }),
    ...(summaries && { summaries }),
    ...(activity && { activity }),
  };
}

function wantedParts({ details, state, summaries, activity }: Parts, needs: BasisNeeds): Parts {
  return partsOf({
    ...(needs.details && { details }),
    ...(needs.state && { state }),
    ...(needs.summaries && { summaries }),
    ...(needs.activity && { activity }),
  });
}

function only<Value>(known: ReadonlyMap<string, Value>, keys: readonly string[] = []): Map<string, Value> {
  return new Map(keys.flatMap((key) => (known.has(key) ? [[key, known.get(key) as Value]] : [])));
}
