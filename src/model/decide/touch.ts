import type { TermsRequest } from '../call.ts';
import { changeTerms } from './change-terms.ts';
import type { Draft } from './draft.ts';
import { enterSession } from './enter.ts';

/** Decides Touch: an access that can grant other terms. */
export function decideTouch(draft: Draft, call: { terms: TermsRequest }): void {
  enterSession(draft);
  changeTerms(draft, call.terms);
}
