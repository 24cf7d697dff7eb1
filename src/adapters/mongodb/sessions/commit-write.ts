import type { Basis, Changes } from '../../../model/basis.ts';
import type { SessionEvent } from '../../../model/event.ts';
import type { MongoContext } from '../context.ts';
import type { Update } from '../database/database.ts';
import type { OutboxEntry, SessionDocument, ToolCallEntry } from '../database/documents.ts';
import type { Placement } from '../messages/tail.ts';
import { encodeActivity, encodeDetails, encodeSummaries } from './part-codec.ts';

/** PartFields are what a commit replaces beside the header. */
export type PartFields = Partial<Pick<SessionDocument, 'details' | 'state' | 'summaries' | 'activity'>>;

/** CommitWrite is a commit with all that is not in its session's document already written: one update makes it so. */
export interface CommitWrite {
  basis: Basis;
  changes: Changes;
  parts: PartFields;
  placement: Placement;
  tools: ToolCallEntry[];
  outbox: OutboxEntry[];
  /** When it is written, by the store's now. */
  at: number;
}

/** Encodes the parts that changes replace; long texts lie in `bodies` afterwards. */
export async function encodeParts(context: MongoContext, changes: Changes): Promise<PartFields> {
  const { details, state, summaries, activity, header } = changes;
  const { uid } = header;
  return {
    ...(details !== undefined && { details: await encodeDetails(context, uid, details) }),
    ...(state !== undefined && { state: JSON.stringify(state) }),
    ...(summaries !== undefined && { summaries: await encodeSummaries(context, uid, summaries) }),
    ...(activity !== undefined && { activity: await encodeActivity(context, uid, activity) }),
  };
}

/** Returns what a commit's events come to in the outbox: one entry or none. */
export function outboxOf(events: readonly SessionEvent[], at: number): OutboxEntry[] {
  const [first] = events;
  return first === undefined ? [] : [{ at, eid: first.eventId, events: [...events] }];
}

/** Tells whether changes go on with the life of their basis; a tombstone or another uid puts all that was out of reach. */
export function isSameLife({ header: before }: Basis, { header: after }: Changes): boolean {
  return before !== null && before.uid === after.uid && before.isTombstone === after.isTombstone;
}

/** Leaves out the operators that have nothing to do: the server refuses them. */
export function dropEmpty(update: Update): Update {
  return Object.fromEntries(Object.entries(update).filter(([, fields]) => Object.keys(fields).length > 0));
}
