import type { Changes } from '../../../model/basis.ts';
import type { SessionHeader } from '../../../model/session.ts';
import type { Update } from '../database/database.ts';
import { goneBy } from '../purge/purge.ts';
import { requestIdFields } from './call-memory.ts';
import { type CommitWrite, dropEmpty, isSameLife } from './commit-write.ts';
import { replaceLife } from './life-update.ts';
import { encodeHeader, HEADER_FIELDS } from './session-codec.ts';
import { slideUpdate } from './slide.ts';

/** Returns the update that makes a commit so. */
export function commitUpdate(write: CommitWrite): Update {
  return isSameLife(write.basis, write.changes) ? updateLife(write) : replaceLife(write);
}

function updateLife(write: CommitWrite): Update {
  const { basis, changes, parts, placement } = write;
  const { header, isSlide, discardThrough, forgetThrough } = changes;
  const moved = isSlide ? slideUpdate(header) : headerUpdate(basis.header!, changes);
  const { bytes, moveAt } = placement;
  return dropEmpty({
    $set: { ...moved.$set, ...parts },
    $unset: { ...moved.$unset },
    $max: {
      ...moved.$max,
      ...(discardThrough > 0 && { floor: discardThrough }),
      ...(forgetThrough > 0 && { ridsForgotten: forgetThrough }),
    },
    $min: { ...(moveAt !== null && { moveAt }) },
    $inc: { ...(bytes > 0 && { tailBytes: bytes }) },
    $push: pushes(write),
    $addToSet: { ...(addsClaims(changes) && { holds: { $each: changes.claims } }) },
    $pull: { ...(changes.released.length > 0 && !replacesClaims(changes) && { holds: { $in: changes.released } }) },
  });
}

/** What the commit leaves of the header is not written: the filter says that it is as the basis has it. */
function headerUpdate(before: SessionHeader, changes: Changes): Update {
  const [old, fields] = [encodeHeader(before), encodeHeader(changes.header)];
  const set: Record<string, unknown> = {};
  const unset: Record<string, unknown> = {};
  for (const field of HEADER_FIELDS) {
    if (fields[field] === old[field]) continue;
    if (fields[field] === undefined) unset[field] = '';
    else set[field] = fields[field];
  }
  const holds = replacesClaims(changes) ? { holds: [...changes.header.claims] } : {};
  return { $set: { ...set, ...holds }, $unset: unset };
}

/** One update cannot both add to a list and take from it: then the header says what is held in the end. */
function replacesClaims({ claims, released, isSlide }: Changes): boolean {
  return claims.length > 0 && released.length > 0 && !isSlide;
}

function addsClaims(changes: Changes): boolean {
  return changes.claims.length > 0 && !replacesClaims(changes);
}

function pushes({ basis, changes, placement, tools, outbox, at }: CommitWrite): Update {
  const { entries, settled } = placement;
  const { rids, starts = [] } = requestIdFields(changes);
  const gone = goneBy(basis, changes, at);
  return {
    ...(entries.length > 0 && { tail: { $each: entries } }),
    ...(settled.length > 0 && { settled: { $each: settled } }),
    ...(tools.length > 0 && { tools: { $each: tools } }),
    ...(rids.length > 0 && { rids: { $each: rids } }),
    ...(starts.length > 0 && { starts: { $each: starts } }),
    ...(outbox.length > 0 && { outbox: { $each: outbox } }),
    ...(gone.length > 0 && { gone: { $each: gone } }),
  };
}
