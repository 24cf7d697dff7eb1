import { LRUCache } from 'lru-cache';
import { type CommitWrite, isSameLife } from './commit-write.ts';
import { hasSurelyRoom, isCrowded, type TailFill } from './crowding.ts';
import { documentIdOf } from './session-codec.ts';

/** KnownTail is how full a session's tail is at most, and until when it is taken to be so. */
export interface KnownTail extends TailFill {
  uid: string;
  /** From when on nobody else is taken to write to the session, by the monotonic clock. */
  quietFromMs: number;
  /** How many more commits may be foreseen before the document is looked at again. */
  foreseenMax: number;
}

const TAILS_MAX = 20_000;

/** A session to which somebody else has written is taken to be written to by others for so long. */
const CONTENDED_MS = 1000;

/** While a session is moved on, it is looked at again after so many commits. */
const FORESEEN_WHILE_MOVED = 8;

/**
 * KnownTails remembers how full the tails of sessions were when this process last saw their documents written: moving on
 * only makes them emptier. So it can be foreseen of most commits that they will find their session as it was decided on, and
 * with room.
 */
export class KnownTails {
  readonly #tails = new LRUCache<string, KnownTail>({ max: TAILS_MAX });
  readonly #nowMs: () => number;

  /** `nowMs` never goes back. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Notes what a document held after a commit. One that was decided on what the store has just said has likely lost before. */
  see({ basis, changes }: CommitWrite, { moved, tailBytes }: TailFill): void {
    const { uid } = changes.header;
    const quietFromMs = this.#nowMs() + (basis.ageMs === undefined ? CONTENDED_MS : 0);
    const foreseenMax = isCrowded(changes, { moved, tailBytes }) ? FORESEEN_WHILE_MOVED : Number.POSITIVE_INFINITY;
    this.#tails.set(keyOf(basis), { uid, moved, tailBytes, quietFromMs, foreseenMax });
  }

  /**
   * Returns how full a session's tail will be at most after a commit that will surely find the session as it was decided on,
   * and room; null where that cannot be foreseen. The session is not known any more until it is put back.
   */
  take(write: CommitWrite): KnownTail | null {
    const { basis } = write;
    const known = this.#tails.get(keyOf(basis)) ?? UNSEEN;
    if (basis.ageMs === undefined || !isPlain(write) || this.#nowMs() < known.quietFromMs) return null;
    const after = afterwards(write, known);
    if (after !== null) this.#tails.delete(keyOf(basis));
    return after;
  }

  /** Notes that what was foreseen has come. */
  put({ basis }: CommitWrite, tail: KnownTail): void {
    if (tail !== UNSEEN) this.#tails.set(keyOf(basis), tail);
  }
}

/** What is known of a session that was not seen lately. */
const UNSEEN: KnownTail = { uid: '', moved: 0, tailBytes: 0, quietFromMs: 0, foreseenMax: 0 };

/** Where nothing is added to the document it does not matter how full it is. */
function afterwards({ changes, placement }: CommitWrite, known: KnownTail): KnownTail | null {
  if (placement.entries.length === 0 && changes.recorded.length === 0) return known;
  const { uid, tailBytes, foreseenMax } = known;
  const after = { ...known, tailBytes: tailBytes + placement.bytes, foreseenMax: foreseenMax - 1 };
  const isToBeSeen = foreseenMax === 0 || (foreseenMax === Number.POSITIVE_INFINITY && isCrowded(changes, after));
  return uid !== changes.header.uid || isToBeSeen || !hasSurelyRoom(changes, after) ? null : after;
}

/** Tells a commit that comes to appends and fields of the header alone. */
function isPlain({ basis, changes, parts, placement, tools, outbox }: CommitWrite): boolean {
  const { claims, released } = changes;
  const others = [claims, released, tools, outbox, placement.settled, Object.keys(parts)];
  const isWhole = placement.attempt === null && !placement.entries.some((entry) => 'ref' in entry);
  return isSameLife(basis, changes) && isWhole && others.every(({ length }) => length === 0);
}

function keyOf({ tenant, sessionId }: CommitWrite['basis']): string {
  return documentIdOf(tenant, sessionId);
}
