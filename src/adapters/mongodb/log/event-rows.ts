import type { EventRow } from '../../../model/event.ts';
import type { EventDocument, OutboxEntry } from '../database/documents.ts';

/** KEPT is the filter of rows that were not compacted: those that were are gone for readers before the TTL index removes them. */
export const KEPT = { gcAt: { $exists: false } } as const;

/** RowPlace says under which number of which tenant's log a row goes, and when, by the store's now. */
export interface RowPlace {
  tenant: string;
  number: number;
  now: number;
}

/**
 * Makes the row of one commit's events. What lay in the outbox was recorded as much later: the retention counts from the
 * append (watch-log.md), so that no row is compacted before a watcher could see it.
 */
export function encodeEventRow(entry: OutboxEntry, { tenant, number, now }: RowPlace): EventDocument {
  const lateMs = Math.max(0, Math.round(now - entry.at));
  return {
    _id: `${tenant}/${String(number).padStart(12, '0')}`,
    t: tenant,
    n: number,
    eid: entry.eid,
    events: entry.events,
    rec: (entry.events[0]?.recordedAt ?? entry.at) + lateMs,
  };
}

/** Turns a stored row back into the events of one commit. */
export function decodeEventRow({ n, rec, events }: EventDocument): EventRow {
  return { number: n, recordedAt: rec, events };
}

/** Returns the tenant of a document whose `_id` is `tenant/…`: no tenant has a slash. */
export function tenantOf(documentId: string): string {
  return documentId.slice(0, documentId.indexOf('/'));
}
