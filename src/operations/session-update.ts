import type { SessionUpdate, TermsRequest } from '../model/call.ts';
import { checkLabels } from '../model/checks/check-labels.ts';
import { TITLE_LENGTH_MAX } from '../model/checks/check-new-session.ts';
import { checkNumber, checkQualityScore } from '../model/checks/check-number.ts';
import { checkMetadata, checkRemovedKeys, checkState } from '../model/checks/check-struct.ts';
import { termsRequestOf } from '../model/checks/check-terms.ts';
import { checkName, checkText } from '../model/checks/check-text.ts';
import { invalidField, quoted } from '../model/checks/refusals.ts';
import { defaultLead } from '../model/deadlines.ts';
import type { JsonObject } from '../model/json.ts';
import type { Limits, TermsPolicy } from '../model/limits.ts';
import type { Terms } from '../model/session.ts';

/** UpdatedFields holds the values of the masked fields; what the mask does not name is ignored. */
interface UpdatedFields {
  title: string;
  labels: Record<string, string>;
  qualityScore: number;
  model: string;
  tokenLimit: number;
  userId: string;
  dormantAfterMs?: number;
  ttlMs?: number;
  maxTtlMs?: number;
  neverExpires: boolean;
  expiringLeadMs?: number;
}

/** AskedUpdate says what to change of a session; `updateMask` holds paths as in the contract, such as `quality_score`. */
export interface AskedUpdate {
  session: UpdatedFields;
  updateMask: string[];
  statePatch: JsonObject;
  stateRemove: string[];
  metadataPatch: JsonObject;
  metadataRemove: string[];
}

/** Paths that an update mask may name. */
const PATHS = new Set([
  ...['title', 'labels', 'quality_score', 'model', 'token_limit', 'user_id'],
  ...['dormant_after', 'ttl', 'max_ttl', 'never_expires', 'expiring_lead'],
]);

/** Checks an Update and returns what it changes, its spans as they were given; see `withClearedSpans`. */
export function updateFrom(input: AskedUpdate, limits: Limits): SessionUpdate {
  const { session, updateMask } = input;
  const unknown = updateMask.find((path) => !PATHS.has(path));
  if (unknown !== undefined)
    throw invalidField('update_mask', `names ${quoted(unknown)}`, `name some of ${[...PATHS].join(', ')}`);
  checkFields(input, limits);
  checkPatches(input, limits);
  const names = new Set(updateMask);
  const only = <Value>(path: string, value: Value) => (names.has(path) ? value : undefined);
  return {
    title: only('title', session.title),
    labels: only('labels', session.labels),
    qualityScore: only('quality_score', session.qualityScore),
    model: only('model', session.model),
    tokenLimit: only('token_limit', session.tokenLimit),
    userId: only('user_id', session.userId),
    terms: termsRequestOf('session.', {
      dormantAfterMs: only('dormant_after', session.dormantAfterMs),
      ttlMs: only('ttl', session.ttlMs),
      maxTtlMs: only('max_ttl', session.maxTtlMs),
      neverExpires: only('never_expires', session.neverExpires),
      expiringLeadMs: only('expiring_lead', session.expiringLeadMs),
    }),
    state: { set: input.statePatch, remove: input.stateRemove },
    metadata: { set: input.metadataPatch, remove: input.metadataRemove },
  };
}

/** Tells whether a mask names a span without a value: it goes back to what a new session has. */
export function clearsSpans({ updateMask, session }: AskedUpdate): boolean {
  return SPANS.some(({ path, field }) => updateMask.includes(path) && (session[field] ?? 0) === 0);
}

const SPANS = [
  { path: 'dormant_after', field: 'dormantAfterMs' },
  { path: 'ttl', field: 'ttlMs' },
  { path: 'max_ttl', field: 'maxTtlMs' },
  { path: 'expiring_lead', field: 'expiringLeadMs' },
] as const;

/** Returns the terms with defaults for the spans that the mask names without a value. */
export function withClearedSpans(
  asked: TermsRequest,
  { updateMask }: AskedUpdate,
  { current, policy }: { current: Terms; policy: TermsPolicy },
): TermsRequest {
  const terms = { ...asked };
  if (updateMask.includes('ttl') && !asked.neverExpires) terms.ttlMs ??= policy.ttlMs;
  if (updateMask.includes('max_ttl')) terms.maxTtlMs ??= 0;
  const ttlMs = terms.ttlMs ?? current.ttlMs;
  if (updateMask.includes('dormant_after')) terms.dormantAfterMs ??= Math.min(policy.dormantAfterMs, ttlMs);
  if (updateMask.includes('expiring_lead')) terms.expiringLeadMs ??= defaultLead(ttlMs);
  return terms;
}

/** What the mask does not name may be anything. */
function checkFields({ session, updateMask }: AskedUpdate, limits: Limits): void {
  const checks: Record<string, () => void> = {
    title: () => checkText('session.title', session.title, TITLE_LENGTH_MAX),
    labels: () => checkLabels('session.labels', session.labels, limits),
    quality_score: () => checkQualityScore('session.quality_score', session.qualityScore),
    model: () => checkName('session.model', session.model),
    token_limit: () => checkNumber('session.token_limit', session.tokenLimit),
    user_id: () => checkName('session.user_id', session.userId),
  };
  for (const path of updateMask) checks[path]?.();
}

function checkPatches(input: AskedUpdate, limits: Limits): void {
  checkState('state_patch', input.statePatch, limits);
  checkRemovedKeys('state_remove', input.stateRemove, input.statePatch);
  checkMetadata('metadata_patch', input.metadataPatch, limits);
  checkRemovedKeys('metadata_remove', input.metadataRemove, input.metadataPatch);
}
