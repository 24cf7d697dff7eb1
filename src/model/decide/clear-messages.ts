import { hideRange } from '../hidden-ranges.ts';
import { zeroCounters } from './absent-header.ts';
import { countVersion, type Draft, writeHeader } from './draft.ts';
import { enterSession } from './enter.ts';

/** Decides ClearMessages: an access that takes all messages out of sight, and with `clearSummaries` drops the summaries. */
export function decideClearMessages(draft: Draft, call: { clearSummaries: boolean }): void {
  enterSession(draft);
  const { hidden, lastSequence, counters } = draft.header;
  const isCleared = counters.messageCount === 0;
  const keepsSummaries = !call.clearSummaries || counters.summaryCount === 0;
  if (isCleared && keepsSummaries) return;
  const { toolCallCount, errorCount, summaryCount } = counters;
  draft.facts.removedCount = counters.messageCount;
  if (!keepsSummaries) draft.asides.summaries = [];
  writeHeader(draft, {
    hidden: hideRange(hidden, [1, lastSequence]),
    lastTurnId: '',
    counters: { ...zeroCounters(), toolCallCount, errorCount, summaryCount: keepsSummaries ? summaryCount : 0 },
  });
  countVersion(draft);
}
