import type { SessionFilter } from '../ports/session-store.ts';

/** AskedFilters are filters as requests have them: empty text, no entries and null filter nothing. */
export type AskedFilters = { [Field in keyof SessionFilter]?: SessionFilter[Field] | null };

/** Returns the filters that were given. */
export function givenFilters(filters: AskedFilters): SessionFilter {
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => isGiven(value)));
}

function isGiven(value: AskedFilters[keyof AskedFilters]): boolean {
  if (value === null || value === undefined || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}
