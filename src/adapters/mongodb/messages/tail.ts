import type { StoredMessage } from '../../../model/message.ts';
import type { Filter, Update } from '../database/database.ts';
import type {
  MessageFields,
  SessionDocument,
  SettledTokens,
  StagedMessage,
  TailMessage,
} from '../database/documents.ts';
import { checkMessage, decodeMessage, termsBytes } from './message-codec.ts';

/** A tail takes messages while it has fewer than these, and while they stay within these bytes. */
export const TAIL_MESSAGES_MAX = 96;
export const TAIL_BYTES_MAX = 64 * 1024;

const TAIL_HAS_ROOM: Filter = { [`tail.${TAIL_MESSAGES_MAX - 1}`]: { $exists: false } };

/** What stays in the tail when the rest moves on: the newest messages that a usual window asks for. */
export const KEPT_MESSAGES = 32;
const KEPT_BYTES = 36 * 1024;

/** Most exact counts that may be pending when a commit brings more. */
const SETTLED_MAX = 512;

/** What a stub takes, and the fixed part of any other entry, in bytes of BSON. */
const STUB_BYTES = 90;
const FIXED_BYTES = 130;

/** Placement is what a commit's messages come to in its session's document. */
export interface Placement {
  /** Pushed on the tail. */
  entries: TailMessage[];
  /** What they take there. */
  bytes: number;
  /** Exact counts, pushed beside the tail. */
  settled: SettledTokens[];
  /** When the session wants to be moved on; null = as before. */
  moveAt: number | null;
  /** Under what its staged messages lie in `bodies`; null = none do. */
  attempt: string | null;
}

/** TailDocument is as much of a session's document as its newest messages need. */
export type TailDocument = Pick<SessionDocument, 'uid' | 'tail' | 'settled' | 'floor'>;

/** Tells a stub from a message. */
export function isStub(entry: TailMessage): entry is StagedMessage {
  return 'staged' in entry;
}

/** Returns the last number that an entry stands for. */
export function lastOf(entry: TailMessage): number {
  return isStub(entry) ? entry.n + entry.staged.count - 1 : entry.n;
}

/** Returns what an entry takes in the document, about, in bytes. */
export function entryBytes(entry: TailMessage): number {
  if (isStub(entry)) return STUB_BYTES;
  const { mid = '', turn = '', run, body, ref, terms } = entry;
  const texts = Buffer.byteLength(mid) + Buffer.byteLength(turn) + Buffer.byteLength(run) + (ref?.hash.length ?? 0);
  return FIXED_BYTES + texts + termsBytes(terms) + (body?.length() ?? 0);
}

/** Returns what the document must be like to take a placement. */
export function roomFor({ bytes, entries, settled }: Placement): Filter {
  return {
    ...(entries.length > 0 && {
      ...TAIL_HAS_ROOM,
      tailBytes: { $lte: TAIL_BYTES_MAX - bytes },
    }),
    ...(settled.length > 0 && { [`settled.${SETTLED_MAX - 1}`]: { $exists: false } }),
  };
}

/**
 * Reads the newest messages that lie whole in the document, ascending without a hole up to its last sequence: those above
 * the last stub or reference. Throws STORE_CORRUPT.
 */
export function newestOf(document: TailDocument): StoredMessage[] {
  const above = livingTail(document);
  const lastElsewhere = above.findLastIndex((entry) => isStub(entry) || entry.ref !== undefined);
  const settled = settledTokens(document);
  return above.slice(lastElsewhere + 1).map((entry) => {
    const fields = entry as MessageFields;
    checkMessage(document.uid, fields);
    return decodeSettled(fields, settled);
  });
}

/** Returns the tail without what was removed for good. */
export function livingTail({ tail, floor = 0 }: Pick<SessionDocument, 'tail' | 'floor'>): TailMessage[] {
  return tail.filter((entry) => lastOf(entry) > floor);
}

/** Returns the exact counts that are to be read in place of estimates, by number. */
export function settledTokens({ settled = [] }: Pick<SessionDocument, 'settled'>): Map<number, number> {
  return new Map(settled.map(({ n, tok }) => [n, tok]));
}

/** Turns fields that were checked into their message, with its exact count where one is known. */
export function decodeSettled(
  fields: MessageFields,
  settled: ReadonlyMap<number, number>,
  body?: Uint8Array,
): StoredMessage {
  const message = decodeMessage(fields, body);
  const tokenCount = settled.get(fields.n);
  return tokenCount === undefined ? message : { ...message, tokenCount, isTokenCountExact: true };
}

/** MovePlan is what of a tail has to be copied to `messages`, and what may then be pulled. */
export interface MovePlan {
  /** Not in `messages` yet, ascending. */
  copied: TailMessage[];
  /** Every entry up to this number is pulled; 0 = none. */
  pulledThrough: number;
  pulledBytes: number;
}

/** Plans a move that leaves the newest messages in the tail; stubs, and what is before one, never stay. */
export function planMove(document: Pick<SessionDocument, 'tail' | 'moved' | 'floor'>): MovePlan {
  const { tail, moved } = document;
  const copied = livingTail(document).filter((entry) => lastOf(entry) > moved);
  const pulled = tail.slice(0, tail.length - countKept(document));
  const lastPulled = pulled.at(-1);
  return {
    copied,
    pulledThrough: lastPulled === undefined ? 0 : lastOf(lastPulled),
    pulledBytes: pulled.reduce((sum, entry) => sum + entryBytes(entry), 0),
  };
}

/** Returns the update that pulls what a plan says and notes how far the session has moved. */
export function pullOf({ copied, pulledThrough, pulledBytes }: MovePlan): Update {
  const last = copied.at(-1);
  return {
    ...(last !== undefined && { $max: { moved: lastOf(last) } }),
    ...(pulledThrough > 0 && { $pull: { tail: { n: { $lte: pulledThrough } } }, $inc: { tailBytes: -pulledBytes } }),
  };
}

function countKept({ tail, floor = 0 }: Pick<SessionDocument, 'tail' | 'floor'>): number {
  let bytes = 0;
  let count = 0;
  for (const entry of tail.toReversed()) {
    bytes += entryBytes(entry);
    if (isStub(entry) || entry.n <= floor || count === KEPT_MESSAGES || bytes > KEPT_BYTES) break;
    count += 1;
  }
  return count;
}
