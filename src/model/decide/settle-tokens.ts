import type { Call } from '../call.ts';
import { isVisible } from '../hidden-ranges.ts';
import { countTokens } from './count-message.ts';
import { type Draft, writeHeader } from './draft.ts';
import { requirePresent } from './enter.ts';

/**
 * Decides that estimates were made exact: background work that makes no version and is no access. Counts that were
 * read under another rev may be settled already, so that nothing is done with them.
 */
export function decideSettleTokens(draft: Draft, call: Extract<Call, { kind: 'settleTokens' }>): void {
  requirePresent(draft);
  if (call.rev !== draft.header.rev) return;
  const visible = call.counts.filter(({ sequence }) => isVisible(draft.header.hidden, sequence));
  if (visible.length === 0) return;
  let { counters } = draft.header;
  for (const { sequence, role, tokenCount, previousCount } of visible) {
    counters = countTokens(counters, role, tokenCount - previousCount);
    draft.asides.tokenCounts.push({ sequence, tokenCount });
  }
  writeHeader(draft, { counters });
}
