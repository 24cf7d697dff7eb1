import { createHash } from 'node:crypto';
import type { Cache } from '../../ports/cache.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Entry } from './entry.ts';
import { decodeEntry, encodeEntry } from './entry-codec.ts';
import type { Shelf } from './shelf.ts';

/** SharedEntriesOptions say where entries are shared, and whose they are. */
export interface SharedEntriesOptions {
  cache: Cache;
  clock: Pick<Clock, 'wallAt'>;
  shelf: Shelf;
  /** Throws while the store was never reached: until then nothing is shared. */
  storeId(): string;
}

/** A session is put at most this often: what a busy one goes through in between is never put. */
const PUT_EVERY_MS = 50;
/** Encoding gives way to the calls after so many. */
const PUTS_AT_ONCE = 32;

/**
 * SharedEntries hands entries to other instances: a new revision soon after it was committed or met, the same one at
 * most once per bucket of its deadline. Nobody waits for a put; one that is lost costs another instance a load.
 */
export class SharedEntries {
  readonly #options: SharedEntriesOptions;
  readonly #waiting = new Set<string>();
  #turn: Promise<void> | null = null;

  constructor(options: SharedEntriesOptions) {
    this.#options = options;
  }

  /** Reads what was last put of a session, however old; null = a miss. */
  async find(tenant: string, sessionId: string): Promise<Entry | null> {
    const key = this.#keyOf(tenant, sessionId);
    const bytes = key === null ? null : await this.#options.cache.get(key);
    if (bytes === null) return null;
    const entry = decodeOrMiss(bytes, tenant, sessionId);
    return entry === null ? null : { ...entry, sharedMark: markOf(entry) };
  }

  /** Notes that the entry on the shelf may have to be put. */
  note(key: string, entry: Entry): void {
    if (entry.sharedMark === markOf(entry)) return;
    this.#waiting.add(key);
    this.#turn ??= this.#putSoon();
  }

  /** Puts what waits and resolves when all was tried. */
  async flush(): Promise<void> {
    const keys = [...this.#waiting];
    this.#waiting.clear();
    await Promise.all(keys.map((key) => this.#put(key)));
  }

  async #putSoon(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, PUT_EVERY_MS).unref());
    for (const keys = [...this.#waiting]; keys.length > 0; await new Promise(setImmediate)) {
      for (const key of keys.splice(0, PUTS_AT_ONCE)) if (this.#waiting.delete(key)) void this.#put(key);
    }
    this.#turn = null;
    if (this.#waiting.size > 0) this.#turn = this.#putSoon();
  }

  async #put(key: string): Promise<void> {
    const { cache, clock, shelf } = this.#options;
    const entry = shelf.peek(key);
    if (entry === undefined || entry.sharedMark === markOf(entry) || !cache.isReachable()) return;
    const { tenant, sessionId, deadlines } = entry.header;
    const sharedKey = this.#keyOf(tenant, sessionId);
    const ttlMs = deadlines.dormantAt - clock.wallAt();
    if (sharedKey === null || ttlMs <= 0) return;
    shelf.mark(key, entry, markOf(entry));
    await cache.put(sharedKey, encodeEntry(entry), ttlMs);
  }

  /** Ids are hashed: they may be long, and are nobody's business in Redis. */
  #keyOf(tenant: string, sessionId: string): string | null {
    try {
      const place = JSON.stringify([this.#options.storeId(), tenant, sessionId]);
      return `threadkeep:session:${createHash('sha256').update(place).digest('base64url')}`;
    } catch {
      return null;
    }
  }
}

/** What makes an entry worth another put: a new revision, or the next bucket of its deadline. */
function markOf({ header: { uid, rev, deadlines } }: Entry): string {
  return `${uid} ${rev} ${deadlines.dormantAt}`;
}

/** Bytes that pass their checksum and still cannot be read were put by another version of this service. */
function decodeOrMiss(bytes: Uint8Array, tenant: string, sessionId: string): Entry | null {
  try {
    return decodeEntry(bytes, tenant, sessionId);
  } catch {
    return null;
  }
}
