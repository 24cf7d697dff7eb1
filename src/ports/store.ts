import type { AgentStore } from './agent-store.ts';
import type { EventLog } from './event-log.ts';
import type { MessageStore } from './message-store.ts';
import type { Presence } from './presence.ts';
import type { SearchIndex } from './search-index.ts';
import type { SessionStore } from './session-store.ts';
import type { StatisticsStore } from './statistics-store.ts';

/** Finding is one fault that `verify` found: what is broken, where, and what the operator can do. */
export interface Finding {
  what: string;
  remedy: string;
}

/** CacheLayerFigures is what one layer of a cache holds and how often it had what was asked for, since its start. */
export interface CacheLayerFigures {
  name: string;
  entryCount: number;
  hits: number;
  misses: number;
}

/**
 * Store is everything durable, by noun. Every method takes the tenant first where it concerns one and never crosses it.
 *
 * Guarantees of every adapter, held by src/contract:
 * - a method that was answered is durable; one that threw STORE_UNAVAILABLE may or may not have happened; a commit that
 *   threw OVERLOADED, because more is asked for at once than the store can be asked, has not;
 * - reads never see part of a commit, and on one instance see every commit answered before they were sent;
 * - what fails its checksum is refused with STORE_CORRUPT, never served;
 * - an aborted signal leaves no half-write: it is looked at before the write is sent, not after.
 */
export interface Store {
  /** Names adapter, place and durability for people: `sqlite:./data/threadkeep.db (durable: every commit synced)`. */
  readonly description: string;
  /** Random, made with the store and kept with its data: resume tokens carry it. */
  readonly storeId: string;
  /** Random and secret, 32 bytes, kept with the data: page and resume tokens are signed with it. */
  readonly tokenSecret: Uint8Array;
  /** True when no other process can write here, so that the only process is always fresh. */
  readonly isExclusive: boolean;
  readonly sessions: SessionStore;
  readonly messages: MessageStore;
  readonly events: EventLog;
  readonly search: SearchIndex;
  readonly statistics: StatisticsStore;
  readonly agents: AgentStore;
  readonly presence: Presence;
  /** Resolves when the store can read and write; throws STORE_UNAVAILABLE or STORE_CORRUPT otherwise. */
  check(signal?: AbortSignal): Promise<void>;
  /** Reads everything and yields what is broken; `onProgress` gets a share from 0 to 1. */
  verify(onProgress?: (share: number) => void, signal?: AbortSignal): AsyncIterable<Finding>;
  /**
   * Finishes what commits of any instance left for later: events to log, messages to move on. Each instance calls it
   * about once a second; answers how many sessions it finished. Nothing that is read depends on it.
   */
  finishCommits(): Promise<number>;
  /** What a cache in front of it holds and did; absent where there is none. */
  cacheFigures?(): CacheLayerFigures[];
  /** Removes what no live session holds (messages of gone uids, old tombstones' children) in small steps; answers the rows removed. */
  collectGarbage(rowsMax: number): Promise<number>;
  /** Lets what is in flight finish, then gives everything back. Idempotent; calls after it throw STORE_UNAVAILABLE. */
  close(): Promise<void>;
}
