import type { TenantKey } from './tenants.ts';

/** Joins a message's terms by blanks, each once and in the form in which the index holds it: it counts none of them. */
export function joinTerms(terms: readonly string[]): string {
  const distinct = [...new Set(terms)];
  const joined = distinct.join(' ');
  return PLAIN.test(joined) ? joined : distinct.map(escapeTerm).join(' ');
}

/** Turns joined terms into the text of the index: each term bears its tenant, so that no tenant's hits cost another. */
export function indexTerms(tenant: TenantKey, joined: string): string {
  const prefix = prefixOf(tenant);
  return prefix + joined.replaceAll(' ', ` ${prefix}`);
}

/** Returns the full-text query for one term of a tenant. */
export function matchTerm(tenant: TenantKey, term: string): string {
  return `"${(prefixOf(tenant) + escapeTerm(term)).replaceAll('"', '""')}"`;
}

function prefixOf(tenant: TenantKey): string {
  return `${tenant.key}:`;
}

// Blanks would make one term two, and the tokenizer folds capitals: both are written as ^ and their code.
function escapeTerm(term: string): string {
  return term.replace(ESCAPED, (character) => `^${character.codePointAt(0)};`);
}

const ESCAPED = /[\s\p{Cc}A-Z^]/gu;
// Most messages are so, all terms at once; none of them has a blank (model/search/terms): to look costs a tenth of escaping.
const PLAIN = /^[a-z0-9 ]*$/;
