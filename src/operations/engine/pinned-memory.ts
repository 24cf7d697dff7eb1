import { isVisible, visibleSpans } from '../../model/hidden-ranges.ts';
import type { StoredMessage } from '../../model/message.ts';
import type { SessionHeader } from '../../model/session.ts';

/** LeadingMessages are the instructions at the head of a session, and the message that ends them. */
export interface LeadingMessages {
  pinned: readonly StoredMessage[];
  /** The first visible message that is none; its place ends the run for as long as it is visible. */
  endSequence: number;
}

const SESSIONS_MAX = 1000;

/** Longer instructions are read again each time. */
const BYTES_MAX = 32 * 1024;

/**
 * PinnedMemory remembers what leads the sessions that this process made contexts of, so that an old session costs no
 * second read. Messages never change, and what was hidden stays so: a run is the same while its ends are in sight.
 */
export class PinnedMemory {
  readonly #runs = new Map<string, LeadingMessages>();

  /** Returns what leads a session; null when that is not known. */
  find({ uid, hidden, lastSequence }: SessionHeader): readonly StoredMessage[] | null {
    const run = this.#runs.get(uid);
    if (run === undefined) return null;
    const first = visibleSpans(hidden, [1, lastSequence])[0]?.[0];
    const sequences = [...run.pinned.map(({ sequence }) => sequence), run.endSequence];
    const isSame = first === sequences[0] && sequences.every((sequence) => isVisible(hidden, sequence));
    return isSame ? run.pinned : null;
  }

  /** Remembers what leads a session, unless its tokens are still estimates; what was remembered longest ago is forgotten. */
  keep({ uid }: SessionHeader, run: LeadingMessages): void {
    const bytes = run.pinned.reduce((sum, { body }) => sum + body.byteLength, 0);
    if (bytes > BYTES_MAX || run.pinned.some(({ isTokenCountExact }) => !isTokenCountExact)) return;
    this.#runs.delete(uid);
    this.#runs.set(uid, run);
    if (this.#runs.size > SESSIONS_MAX) this.#runs.delete(this.#runs.keys().next().value as string);
  }
}
