import type { JsonPatch } from '../call.ts';
import type { SessionDetails } from '../session.ts';
import { countVersion, type Draft, partOf } from './draft.ts';
import { applyPatch, isPatchEmpty, requireJsonSize } from './json-patch.ts';

/** Replaces some of the session's details; that alone counts no version. */
export function writeDetails(draft: Draft, fields: Partial<SessionDetails>): void {
  draft.asides.details = { ...partOf(draft, 'details'), ...fields };
}

/** Merges into the metadata; a patch that says nothing changes nothing. Throws LIMIT_EXCEEDED. */
export function patchMetadata(draft: Draft, patch: JsonPatch): void {
  if (isPatchEmpty(patch)) return;
  const metadata = applyPatch(partOf(draft, 'details').metadata, patch);
  requireJsonSize(metadata, 'metadata', draft.settings.limits.metadataBytesMax);
  writeDetails(draft, { metadata });
  countVersion(draft);
}

/** Merges into the state; a patch that says nothing changes nothing. Throws LIMIT_EXCEEDED. */
export function patchState(draft: Draft, patch: JsonPatch): void {
  if (isPatchEmpty(patch)) return;
  const state = applyPatch(partOf(draft, 'state'), patch);
  requireJsonSize(state, 'state', draft.settings.limits.stateBytesMax);
  draft.asides.state = state;
  countVersion(draft);
}
