import { type EventKind, type EventRow, eventSequence, type SessionEvent } from '../model/event.ts';
import { oncePer } from '../model/once-per.ts';

/** EventFilter keeps the events that match all that is set; no entries and empty text filter nothing. */
export interface EventFilter {
  kinds: EventKind[];
  sessionIds: string[];
  userId: string;
  agentId: string;
}

/** LoggedEvent is an event with its place in the log: `sequence` strictly rises within a tenant. */
export type LoggedEvent = SessionEvent & { sequence: number };

/** EventBatch is what one step of a stream carries: matching events up to and with the row `last`. */
export interface EventBatch {
  last: EventRow;
  /** The same object for all that are told of all the events of one row. */
  events: readonly LoggedEvent[];
}

/** EventMatcher tells whether an event passes a filter. */
export type EventMatcher = (event: SessionEvent) => boolean;

/** Returns the events of rows that match, in batches of about `bytesMax`; those of one row always come together. */
export function matchingBatches(rows: readonly EventRow[], matches: EventMatcher, bytesMax: number): EventBatch[] {
  const batches: EventBatch[] = [];
  let events: readonly LoggedEvent[] = [];
  let bytes = 0;
  for (const [place, row] of rows.entries()) {
    const found = matchingEvents(row, matches);
    events = events.length === 0 ? found : [...events, ...found];
    bytes += found.reduce((sum, event) => sum + eventBytes(event), 0);
    const isLast = place === rows.length - 1;
    if (events.length === 0 || !(isLast || bytes >= bytesMax)) continue;
    batches.push({ last: row, events });
    events = [];
    bytes = 0;
  }
  return batches;
}

/** Makes the check of a filter. */
export function matcherOf({ kinds, sessionIds, userId, agentId }: EventFilter): EventMatcher {
  const wantedKinds = new Set(kinds);
  const wantedIds = new Set(sessionIds);
  return (event) =>
    (wantedKinds.size === 0 || wantedKinds.has(event.kind)) &&
    (wantedIds.size === 0 || wantedIds.has(event.sessionId)) &&
    (userId === '' || userId === event.userId) &&
    (agentId === '' || agentId === event.agentId);
}

function matchingEvents(row: EventRow, matches: EventMatcher): readonly LoggedEvent[] {
  const logged = loggedEvents(row);
  return logged.every(matches) ? logged : logged.filter(matches);
}

/** The same for all that watch the row. */
const loggedEvents = oncePer(({ number, events }: EventRow): LoggedEvent[] =>
  events.map((event, place) => ({ ...event, sequence: eventSequence(number, place) })),
);

/** More than an event takes in an answer: its ids, and 128 bytes for times and tags. */
function eventBytes({ eventId, sessionId, userId, agentId }: SessionEvent): number {
  return 128 + eventId.length + sessionId.length + 4 * userId.length + agentId.length;
}
