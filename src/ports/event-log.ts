import type { EventRow } from '../model/event.ts';

/** EventLogBounds tells what a tenant's log holds: rows `firstNumber..lastNumber`; 0 and 0 while nothing was ever logged. */
export interface EventLogBounds {
  firstNumber: number;
  lastNumber: number;
}

/**
 * EventLog is the append-only, gap-free log of each tenant. Rows are appended by SessionStore.commit alone.
 * A tenant's newest row is never removed, so that numbering never restarts.
 */
export interface EventLog {
  /** Reads rows with number > `afterNumber`, ascending, at most `limit`. */
  read(tenant: string, afterNumber: number, limit: number, signal?: AbortSignal): Promise<EventRow[]>;

  bounds(tenant: string, signal?: AbortSignal): Promise<EventLogBounds>;

  /** Reads one row; null when it was compacted or never existed. */
  find(tenant: string, number: number): Promise<EventRow | null>;

  /** Finds the first row recorded at or after an instant; null when there is none. */
  findSince(tenant: string, recordedAt: number): Promise<EventRow | null>;

  /** Removes a tenant's first rows while they were recorded before an instant, so without a hole, at most `limit` in all, never a tenant's newest; answers how many. */
  compact(recordedBefore: number, limit: number): Promise<number>;

  /** Blanks a user in every row, in place; answers the number of events changed. */
  blankUser(tenant: string, userId: string): Promise<number>;

  /** Calls back soon after a tenant's log grew. A hint only: no event depends on it. Returns the unsubscription. */
  onAppend(listener: (tenant: string) => void): () => void;
}
