import { visibleSpans } from './hidden-ranges.ts';
import type { SequenceRange } from './session.ts';

/** Counts the visible messages up to a sequence, included: the place of that message, if it is visible, from 1. */
export function visiblePosition(hidden: readonly SequenceRange[], sequence: number): number {
  return visibleSpans(hidden, [1, sequence]).reduce((sum, [first, last]) => sum + last - first + 1, 0);
}
