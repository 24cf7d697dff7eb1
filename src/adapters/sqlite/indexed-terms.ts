import type { TenantKey } from './tenants.ts';

/** Joins a message's terms by blanks, each once and in the form in which the index holds it: it counts none of them. */
export function joinTerms(terms: readonly string[]): string {
  return Array.from(new Set(terms), escapeTerm).join(' ');
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
  return PLAIN.test(term) ? term : term.replace(ESCAPED, (character) => `^${character.codePointAt(0)};`);
}

const ESCAPED = /[\s\p{Cc}A-Z^]/gu;
// Most terms are so: to look costs less than to replace nothing.
const PLAIN = /^[a-z0-9]*$/;
