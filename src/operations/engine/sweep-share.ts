import { crc32 } from 'node:zlib';
import { effectiveDeadline, possibleOutages, type StoreTime } from '../../model/store-time.ts';
import type { Presence } from '../../ports/presence.ts';
import type { DueSession } from '../../ports/session-store.ts';
import { sessionKey } from './session-signals.ts';

/** An instance that gave no sign of life for this long has no share, in ms. */
const SEEN_WITHIN_MS = 25_000;

/** What is overdue by more than this is everybody's, in ms. */
const LEFT_TO_OTHERS_MS = 3000;

/**
 * SweepShare divides the due sessions among the instances that are alive, without a leader: each takes those whose hash
 * falls to it at once, and what another has left lying. Instances that disagree on who is alive sweep twice or late,
 * never wrong.
 */
export class SweepShare {
  readonly #instanceId: string;
  #instanceIds: string[];

  constructor(instanceId: string) {
    this.#instanceId = instanceId;
    this.#instanceIds = [instanceId];
  }

  /** How many instances share the work, this one included. */
  get instanceCount(): number {
    return this.#instanceIds.length;
  }

  /** Reads who is alive at the store's now. */
  async refresh(presence: Presence, now: number): Promise<void> {
    const seen = await presence.instances(now - SEEN_WITHIN_MS);
    const ids = new Set([...seen.map(({ instanceId }) => instanceId), this.#instanceId]);
    this.#instanceIds = [...ids].sort();
  }

  /** Tells whether a due session falls to this instance. */
  isOwn({ tenant, sessionId }: DueSession): boolean {
    const place = crc32(sessionKey(tenant, sessionId)) % this.#instanceIds.length;
    return this.#instanceIds[place] === this.#instanceId;
  }

  /** Tells whether a session of another's share has been left lying. */
  isLeftLying({ dueAt }: DueSession, time: StoreTime): boolean {
    const surelyAt = time.now - time.uncertaintyMs;
    return surelyAt - effectiveDeadline(dueAt, possibleOutages(time)) > LEFT_TO_OTHERS_MS;
  }
}
