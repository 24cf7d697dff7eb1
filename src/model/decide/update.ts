import type { SessionUpdate } from '../call.ts';
import type { SessionDetails, SessionHeader } from '../session.ts';
import { SessionError } from '../session-error.ts';
import { asksForTerms, changeTerms } from './change-terms.ts';
import { countVersion, type Draft, writeHeader } from './draft.ts';
import { enterSession, requirePresent, requireVersion } from './enter.ts';
import { isPatchEmpty } from './json-patch.ts';
import { takeFreeClaims } from './take-claims.ts';
import { patchMetadata, patchState, writeDetails } from './write-details.ts';

/**
 * Decides Update. Title, labels, metadata and quality score are no access and can be changed in every status; anything
 * else is an access. What names no field changes nothing.
 */
export function decideUpdate(draft: Draft, call: { update: SessionUpdate; claims?: string[] }): void {
  if (isAccess(call.update)) {
    enterSession(draft);
    updateLife(draft, call.update, call.claims ?? []);
  } else {
    requirePresent(draft);
    requireVersion(draft);
  }
  updateDescription(draft, call.update);
}

function isAccess({ userId, model, tokenLimit, terms, state }: SessionUpdate): boolean {
  const isFieldNamed = userId !== undefined || model !== undefined || tokenLimit !== undefined;
  return isFieldNamed || asksForTerms(terms) || !isPatchEmpty(state);
}

function updateLife(draft: Draft, update: SessionUpdate, claims: readonly string[]): void {
  const { userId, model, tokenLimit } = update;
  if (userId !== undefined) setUser(draft, userId, claims);
  const fields: Partial<SessionHeader> = {};
  if (model !== undefined) fields.model = model;
  if (tokenLimit !== undefined) fields.tokenLimit = tokenLimit;
  writeFields(draft, fields);
  changeTerms(draft, update.terms);
  patchState(draft, update.state);
}

/** A conversation's key names its user, so that its claim follows the user. */
function setUser(draft: Draft, userId: string, claims: readonly string[]): void {
  if (userId === draft.header.userId) return;
  if (draft.header.userId !== '') {
    throw new SessionError(
      'INVALID_FIELD',
      'user_id is set already and stays, start another session for another user',
      {
        field: 'session.user_id',
      },
    );
  }
  writeFields(draft, { userId });
  takeFreeClaims(draft, claims);
}

function updateDescription(draft: Draft, update: SessionUpdate): void {
  const { title, labels, qualityScore, metadata } = update;
  if (qualityScore !== undefined) writeFields(draft, { qualityScore });
  const details: Partial<SessionDetails> = {};
  if (title !== undefined) details.title = title;
  if (labels !== undefined) details.labels = labels;
  if (Object.keys(details).length > 0) {
    writeDetails(draft, details);
    countVersion(draft);
  }
  patchMetadata(draft, metadata);
}

function writeFields(draft: Draft, fields: Partial<SessionHeader>): void {
  if (Object.keys(fields).length === 0) return;
  writeHeader(draft, fields);
  countVersion(draft);
}
