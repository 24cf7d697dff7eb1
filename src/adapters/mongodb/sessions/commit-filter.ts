import type { Changes } from '../../../model/basis.ts';
import type { Filter } from '../database/database.ts';
import { type Placement, roomFor } from '../messages/tail.ts';
import { type CommitWrite, isSameLife } from './commit-write.ts';
import { documentIdOf } from './session-codec.ts';

/** How many commits' events wait in an outbox at most (watch-log.md). */
export const OUTBOX_MAX = 4;

/** A commit that brings request ids or tool calls wants fewer than these beside the header; older ones move to `calls`. */
export const REQUEST_IDS_MAX = 304;
const STARTS_MAX = 48;
const TOOL_CALLS_MAX = 64;

/** Returns the filter that a commit's update needs: the basis as it was read, and room for what it brings. */
export function commitFilter(write: CommitWrite): Filter {
  const { basis, changes, placement, outbox } = write;
  const room = isSameLife(basis, changes) ? roomForLife(changes, placement) : {};
  return { ...basisFilter(write), ...room, ...(outbox.length > 0 && without('outbox', OUTBOX_MAX)) };
}

/**
 * Returns the filter of the basis alone. A slide leaves `rev` as it is: what was decided on the deadlines before it must be
 * decided again.
 */
export function basisFilter({ basis, changes }: Pick<CommitWrite, 'basis' | 'changes'>): Filter {
  const { uid, rev, deadlines } = basis.header!;
  const { dormantAt, expireAt, warnAt } = deadlines;
  const exact = changes.isSlide ? {} : { dormantAt, expireAt, warnAt };
  return { _id: documentIdOf(basis.tenant, basis.sessionId), uid, rev, ...exact };
}

function roomForLife({ recorded, toolCalls }: Changes, placement: Placement): Filter {
  return {
    ...roomFor(placement),
    ...(recorded.length > 0 && { ...without('rids', REQUEST_IDS_MAX), ...without('starts', STARTS_MAX) }),
    ...(toolCalls.length > 0 && without('tools', TOOL_CALLS_MAX)),
  };
}

function without(field: string, count: number): Filter {
  return { [`${field}.${count - 1}`]: { $exists: false } };
}
