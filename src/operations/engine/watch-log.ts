import type { EventRow } from '../../model/event.ts';
import type { EventLog, EventLogBounds } from '../../ports/event-log.ts';
import { SharedReads } from './shared-reads.ts';

/** WatchLog is as much of an event log as the beginning of a watch needs. */
export type WatchLog = Pick<EventLog, 'bounds' | 'find' | 'findSince'>;

/** Returns a log of which each place is read once for all who ask at a time: watchers of a restarted instance come all at once. */
export function shareReads(events: EventLog): WatchLog {
  const bounds = new SharedReads<EventLogBounds>();
  const rows = new SharedReads<EventRow | null>();
  return {
    bounds: (tenant) => bounds.read(tenant, () => events.bounds(tenant)),
    find: (tenant, number) => rows.read(`${tenant} ${number}`, () => events.find(tenant, number)),
    findSince: (tenant, recordedAt) => events.findSince(tenant, recordedAt),
  };
}
