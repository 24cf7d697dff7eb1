import type { TermsRequest } from '../call.ts';
import { areTermsEqual, grantTerms, resetDeadlines } from '../deadlines.ts';
import { SessionError } from '../session-error.ts';
import { countVersion, type Draft, writeHeader } from './draft.ts';
import { noteAccess } from './enter.ts';

/** Grants other terms and recomputes all deadlines, which may shrink; terms that are in force already change nothing. Throws INVALID_FIELD. */
export function changeTerms(draft: Draft, request: TermsRequest): void {
  const { header, time, settings } = draft;
  const terms = grantTerms(request, settings.terms, header.terms);
  if (areTermsEqual(terms, header.terms)) return;
  if (terms.maxTtlMs > 0 && header.createdAt + terms.maxTtlMs <= time.now) {
    const problem = `max_ttl of ${terms.maxTtlMs} ms is over already, give more than the session's age of ${time.now - header.createdAt} ms`;
    throw new SessionError('INVALID_FIELD', problem, { field: 'max_ttl' });
  }
  const deadlines = resetDeadlines(header, terms, time.now);
  writeHeader(draft, { terms: { ...terms, revision: header.terms.revision + 1 } });
  noteAccess(draft, deadlines);
  countVersion(draft);
}

/** Tells whether a request asks for other terms at all. */
export function asksForTerms(request: TermsRequest): boolean {
  return Object.values(request).some((value) => value !== undefined);
}
