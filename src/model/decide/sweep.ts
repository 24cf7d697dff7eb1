import { dueAtOf } from '../deadlines.ts';
import type { SequenceRange } from '../session.ts';
import { isPast } from '../store-time.ts';
import { burySession } from './delete.ts';
import { type Draft, writeHeader } from './draft.ts';
import { requirePresent } from './enter.ts';
import { settleLapses } from './lapse.ts';

/** Decides what the sweeper does to a session that is due: lapses, discards what a restart left, and purges after the retention. */
export function decideSweep(draft: Draft): void {
  requirePresent(draft);
  settleLapses(draft, 'record');
  const { purgeAt } = draft.header;
  if (purgeAt !== null && isPast(purgeAt, draft.time)) {
    burySession(draft, purgeAt, 'RETENTION');
    return;
  }
  discardLeftovers(draft);
  if (dueAtOf(draft.header) !== draft.header.dueAt) writeHeader(draft, {});
}

/** Restarts since the discard was scheduled hid more from the first message on: that is due a retention from here. */
function discardLeftovers(draft: Draft): void {
  const { discard, hidden } = draft.header;
  if (discard === null || !isPast(discard.at, draft.time)) return;
  draft.asides.discardThrough = discard.through;
  const [first, last]: SequenceRange = hidden[0] ?? [0, 0];
  const hasMore = first === 1 && last > discard.through;
  const at = draft.time.now + draft.settings.terms.retentionMs;
  writeHeader(draft, { discard: hasMore ? { through: last, at } : null });
}
