import { visibleSpans } from '../model/hidden-ranges.ts';
import type { SequenceRange } from '../model/session.ts';

/** Returns which of the messages up to `throughSequence` are hidden and were not before, oldest first, without overlap. */
export function newlyHidden(
  before: readonly SequenceRange[],
  hidden: readonly SequenceRange[],
  throughSequence: number,
): SequenceRange[] {
  return hidden.flatMap(([first, last]) => visibleSpans(before, [first, Math.min(last, throughSequence)]));
}
