import { emptyActivity } from '../../model/activity.ts';
import type { AppendedMessage, Changes } from '../../model/basis.ts';
import type { StoredMessage } from '../../model/message.ts';
import type { SessionHeader } from '../../model/session.ts';
import { CallMemory } from './call-memory.ts';
import type { Entry } from './entry.ts';
import { newestOf, withOwnBody } from './newest.ts';

/** Returns the entry of a session whose life a commit began: nothing hung on its uid before. */
export function beginEntry(changes: Changes, sentAtMs: number): Entry {
  const { header, details, state, summaries, activity, messages } = changes;
  const known = { requestIds: true, toolCalls: true };
  const memory = new CallMemory({ recorded: new Map(), oldestRecorded: [], toolCalls: new Map(), known });
  memory.apply(changes);
  return {
    header,
    details: details ?? { title: '', labels: {}, metadata: {}, errorMessage: '' },
    state: state ?? {},
    summaries: summaries ?? [],
    activity: activity ?? emptyActivity(),
    newest: newestOf(messages.map(storedOf)),
    memory,
    sentAtMs,
  };
}

/** Returns the entry as a commit on its revision left the session; its memory goes on in place. */
export function carryOn(entry: Entry, changes: Changes, sentAtMs: number): Entry {
  const { header, details, state, summaries, activity } = changes;
  entry.memory.apply(changes);
  const newest = newestAfter(entry.newest, changes);
  return {
    ...entry,
    header,
    ...(details && { details }),
    ...(state && { state }),
    ...(summaries && { summaries }),
    ...(activity && { activity }),
    ...(newest !== undefined && { newest }),
    sentAtMs,
  };
}

/**
 * Returns the entry after a slide on its revision. What others slid stays unseen, as a slide asks for the revision
 * alone: so it is no younger than before.
 */
export function slideOn(entry: Entry, { header: { lastAccessAt, dueAt, deadlines } }: Changes): Entry {
  const { header } = entry;
  const slid: SessionHeader = {
    ...header,
    lastAccessAt: Math.max(header.lastAccessAt, lastAccessAt),
    dueAt: later(header.dueAt, dueAt),
    deadlines: {
      ...header.deadlines,
      dormantAt: Math.max(header.deadlines.dormantAt, deadlines.dormantAt),
      expireAt: later(header.deadlines.expireAt, deadlines.expireAt),
      warnAt: later(header.deadlines.warnAt, deadlines.warnAt),
    },
  };
  return { ...entry, header: slid };
}

function later(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other);
}

/** What was not asked for stays so; of what is not kept beside the header the appended messages are a run of their own. */
function newestAfter(newest: Entry['newest'], { messages, tokenCounts, discardThrough }: Changes): Entry['newest'] {
  const isSame = messages.length === 0 && tokenCounts.length === 0 && discardThrough === 0;
  if (newest === undefined || isSame || (newest === null && messages.length === 0)) return newest;
  const run = [...(newest ?? []), ...messages.map(storedOf)];
  for (const { sequence, tokenCount } of tokenCounts) settleTokenCount(run, sequence, tokenCount);
  return newestOf(discardThrough === 0 ? run : run.filter(({ sequence }) => sequence > discardThrough));
}

/** Sequences have no holes, so a sequence is a place. */
function settleTokenCount(run: StoredMessage[], sequence: number, tokenCount: number): void {
  const place = sequence - (run[0]?.sequence ?? 0);
  const message = run[place];
  if (message !== undefined) run[place] = { ...message, tokenCount, isTokenCountExact: true };
}

function storedOf({ terms: _, ...message }: AppendedMessage): StoredMessage {
  return withOwnBody(message);
}
