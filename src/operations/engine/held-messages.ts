import type { Basis } from '../../model/basis.ts';
import { notFound } from '../../model/decide/refusals.ts';
import type { StoredMessage } from '../../model/message.ts';
import type { MessageRange, MessageStore } from '../../ports/message-store.ts';

/**
 * Returns the messages of a session with the newest as its basis holds them: the store is asked only for what lies below
 * those. A read throws SESSION_NOT_FOUND where visible messages are gone, because the session was deleted meanwhile.
 */
export function heldMessages(store: MessageStore, { header, newest = [] }: Basis): MessageStore {
  return {
    findById: (...args) => store.findById(...args),
    findTurn: (...args) => store.findTurn(...args),
    async read(tenant, uid, range, signal) {
      if (header === null || uid !== header.uid) return store.read(tenant, uid, range, signal);
      const page = await readThrough(newest, range, (rest) => store.read(tenant, uid, rest, signal));
      if (!beginsWhereAsked(page, range, header.lastSequence)) throw notFound(header.sessionId);
      return page;
    },
  };
}

/** Messages of a live session have no holes: what is missing at the end from which it is read is gone with the session. */
function beginsWhereAsked(page: readonly StoredMessage[], range: MessageRange, lastSequence: number): boolean {
  const first = range.afterSequence + 1;
  const last = range.beforeSequence === 0 ? lastSequence : Math.min(range.beforeSequence - 1, lastSequence);
  if (first > last || range.limit <= 0) return true;
  return range.from === 'newest' ? page.at(-1)?.sequence === last : page[0]?.sequence === first;
}

async function readThrough(
  newest: readonly StoredMessage[],
  range: MessageRange,
  read: (range: MessageRange) => Promise<StoredMessage[]>,
): Promise<StoredMessage[]> {
  const firstHeld = newest[0]?.sequence;
  if (firstHeld === undefined) return read(range);
  const held = newest.filter(isInside(range));
  const below = { ...range, beforeSequence: lowerEnd(range.beforeSequence, firstHeld) };
  const isAllHeld = range.afterSequence >= below.beforeSequence - 1;
  const readBelow = (rest: MessageRange) => (isAllHeld ? [] : read(rest));
  return range.from === 'newest' ? readNewest(held, below, readBelow) : readOldest(held, below, readBelow);
}

type ReadBelow = (range: MessageRange) => Promise<StoredMessage[]> | StoredMessage[];

async function readNewest(
  held: readonly StoredMessage[],
  below: MessageRange,
  readBelow: ReadBelow,
): Promise<StoredMessage[]> {
  const taken = takeFitting(held.toReversed(), below).reverse();
  const rest = restOf(below, taken);
  if (taken.length < held.length || rest === null) return taken;
  const older = await readBelow(rest);
  return [...takeFitting(older.toReversed(), rest, taken).reverse(), ...taken];
}

async function readOldest(
  held: readonly StoredMessage[],
  below: MessageRange,
  readBelow: ReadBelow,
): Promise<StoredMessage[]> {
  const older = await readBelow(below);
  const rest = restOf(below, older);
  const last = older.at(-1);
  // What a bound has cut off comes before all that is held.
  const isCutShort = last !== undefined && last.sequence < below.beforeSequence - 1;
  if (isCutShort || rest === null) return older;
  return [...older, ...takeFitting(held, rest, older)];
}

function isInside({ afterSequence, beforeSequence }: MessageRange): (message: StoredMessage) => boolean {
  return ({ sequence }) => sequence > afterSequence && (beforeSequence === 0 || sequence < beforeSequence);
}

function lowerEnd(beforeSequence: number, firstHeld: number): number {
  return beforeSequence === 0 ? firstHeld : Math.min(beforeSequence, firstHeld);
}

/** What is left of a range's bounds after some messages; null when nothing is. */
function restOf(range: MessageRange, taken: readonly StoredMessage[]): MessageRange | null {
  const limit = range.limit - taken.length;
  if (limit <= 0) return null;
  if (range.bytesMax === undefined) return { ...range, limit };
  const bytesMax = range.bytesMax - taken.reduce((sum, { body }) => sum + body.byteLength, 0);
  return bytesMax <= 0 ? null : { ...range, limit, bytesMax };
}

/** Takes messages while they fit; the first of all is taken in any case. */
function takeFitting(
  messages: readonly StoredMessage[],
  { limit, bytesMax = Number.POSITIVE_INFINITY }: MessageRange,
  before: readonly StoredMessage[] = [],
): StoredMessage[] {
  const taken: StoredMessage[] = [];
  let bytes = 0;
  for (const message of messages.slice(0, limit)) {
    bytes += message.body.byteLength;
    if (bytes > bytesMax && before.length + taken.length > 0) break;
    taken.push(message);
  }
  return taken;
}
