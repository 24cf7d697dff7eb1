import type { EventRow } from '../../model/event.ts';
import { SessionError } from '../../model/session-error.ts';

/** Tells whether rows go on right after a number, each by one: a watcher is never led over a hole. */
export function areContiguous(rows: readonly EventRow[], afterNumber: number): boolean {
  return rows.every(({ number }, place) => number === afterNumber + 1 + place);
}

/** Returns the refusal to read on over a hole in a tenant's log. */
export function logHole(tenant: string, afterNumber: number): SessionError {
  return new SessionError(
    'STORE_CORRUPT',
    `the event log misses row ${afterNumber + 1}; restore the store from a backup, or start from WATCH_START_NOW`,
    { resource: { type: 'event log', name: tenant } },
  );
}
