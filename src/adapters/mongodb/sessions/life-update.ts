import type { Update } from '../database/database.ts';
import type { SessionDocument } from '../database/documents.ts';
import { goneBy } from '../purge/purge.ts';
import { requestIdFields } from './call-memory.ts';
import { type CommitWrite, dropEmpty } from './commit-write.ts';
import { emptyDetails } from './part-codec.ts';
import { documentIdOf, encodeHeader, HEADER_FIELDS } from './session-codec.ts';

/** Returns the document of a session's first commit. */
export function firstDocument(write: CommitWrite): SessionDocument {
  const { tenant, sessionId } = write.changes.header;
  return {
    _id: documentIdOf(tenant, sessionId),
    ...encodeHeader(write.changes.header),
    ...emptyLife(write),
    outbox: write.outbox,
  };
}

/** Puts another life, or a tombstone, in the place of what was; what is not in the log yet stays in the outbox. */
export function replaceLife(write: CommitWrite): Update {
  const { basis, changes, outbox, at } = write;
  const gone = goneBy(basis, changes, at);
  const set: Record<string, unknown> = { ...encodeHeader(changes.header), ...emptyLife(write) };
  const unset = LIFE_FIELDS.filter((field) => set[field] === undefined);
  return dropEmpty({
    $set: set,
    $unset: Object.fromEntries(unset.map((field) => [field, ''])),
    $push: {
      ...(outbox.length > 0 && { outbox: { $each: outbox } }),
      ...(gone.length > 0 && { gone: { $each: gone } }),
    },
  });
}

/** What a life may have and the next one has not, unless it says so. */
const LIFE_FIELDS = [
  ...HEADER_FIELDS,
  'holds',
  'activity',
  'starts',
  'ridsMoved',
  'ridsForgotten',
  'toolsMoved',
  'moveAt',
  'floor',
  'settled',
  'gcAt',
] as const satisfies (keyof SessionDocument)[];

/** Returns all but header and outbox of a life that begins with a commit. */
function emptyLife({ changes, parts, placement, tools }: CommitWrite) {
  const { header, claims, messages, forgetThrough } = changes;
  const { moveAt, settled } = placement;
  const before = header.lastSequence - messages.length;
  return {
    details: emptyDetails(),
    state: '{}',
    summaries: [],
    ...parts,
    ...requestIdFields(changes),
    tools,
    tail: placement.entries,
    tailBytes: placement.bytes,
    moved: before,
    ...(before > 0 && { floor: before }),
    ...(claims.length > 0 && { holds: claims }),
    ...(forgetThrough > 0 && { ridsForgotten: forgetThrough }),
    ...(moveAt !== null && { moveAt }),
    ...(settled.length > 0 && { settled }),
  };
}
