import type { Finding } from '../../../ports/store.ts';
import type { MongoContext } from '../context.ts';
import type { EventDocument } from '../database/documents.ts';
import { KEPT } from '../log/event-rows.ts';
import { RESTORE } from './verify-sessions.ts';

const EVENTS_MAX = 4;

/** Reads the log of every tenant: numbers without a hole, one to four events a row, each row under its first event's id. */
export async function* verifyLogs(
  context: MongoContext,
  onProgress: (share: number) => void,
  signal?: AbortSignal,
): AsyncGenerator<Finding> {
  const rows = context.collections.session_events;
  const total = await rows.count(KEPT);
  let seen = 0;
  let last: EventDocument | null = null;
  for await (const row of rows.scan(KEPT, { sort: { t: 1, n: 1 }, signal })) {
    if (last?.t === row.t && row.n !== last.n + 1 && !(await isCompacted(context, last))) {
      yield { what: `the events ${last.n + 1} to ${row.n - 1} of tenant ${row.t} are missing`, remedy: RESTORE };
    }
    if (!isWhole(row)) yield { what: `row ${row.n} of the log of tenant ${row.t} is broken`, remedy: RESTORE };
    last = row;
    seen += 1;
    onProgress(Math.min(1, seen / total));
  }
}

/** What was compacted while it was read leaves no hole. */
async function isCompacted({ collections }: MongoContext, { _id }: EventDocument): Promise<boolean> {
  return (await collections.session_events.findOne({ _id, ...KEPT }, { projection: { n: 1 } })) === null;
}

function isWhole({ eid, events }: EventDocument): boolean {
  return events.length >= 1 && events.length <= EVENTS_MAX && events[0]?.eventId === eid;
}
