import type { BasisNeeds } from '../../model/basis.ts';

/** Returns what all of the needs name. */
export function mergeNeeds(all: readonly BasisNeeds[]): BasisNeeds {
  const [only] = all;
  if (only !== undefined && all.length === 1) return only;
  return {
    details: all.some(({ details }) => details === true),
    state: all.some(({ state }) => state === true),
    summaries: all.some(({ summaries }) => summaries === true),
    activity: all.some(({ activity }) => activity === true),
    requestIds: distinct(all.map(({ requestIds }) => requestIds)),
    toolCallIds: distinct(all.map(({ toolCallIds }) => toolCallIds)),
    claims: distinct(all.map(({ claims }) => claims)),
    newest: all.some(({ newest }) => newest === true),
    memory: all.some(({ memory }) => memory === true),
  };
}

function distinct(lists: readonly (string[] | undefined)[]): string[] {
  const named = lists.filter((list) => list !== undefined && list.length > 0) as string[][];
  return named.length < 2 ? (named[0] ?? []) : [...new Set(named.flat())];
}
