import type { SequenceRange } from './session.ts';

/** Hides `first..last`; the answer is in normal form: ascending, disjoint, not adjacent. `hidden` must be, too. */
export function hideRange(hidden: readonly SequenceRange[], [first, last]: SequenceRange): SequenceRange[] {
  if (first > last) return [...hidden];
  const below = hidden.filter((range) => range[1] < first - 1);
  const above = hidden.filter((range) => range[0] > last + 1);
  const merged = hidden.slice(below.length, hidden.length - above.length);
  const from = Math.min(first, merged.at(0)?.[0] ?? first);
  const to = Math.max(last, merged.at(-1)?.[1] ?? last);
  return [...below, [from, to], ...above];
}

/** Tells whether a sequence is in sight. */
export function isVisible(hidden: readonly SequenceRange[], sequence: number): boolean {
  return !hidden.some(([first, last]) => first <= sequence && sequence <= last);
}

/** Returns the spans of `first..last` that are in sight, ascending: what a reader of that range must read. */
export function visibleSpans(hidden: readonly SequenceRange[], [first, last]: SequenceRange): SequenceRange[] {
  const spans: SequenceRange[] = [];
  let next = first;
  for (const [from, to] of hidden) {
    if (to < next) continue;
    if (from > last) break;
    if (from > next) spans.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= last) spans.push([next, last]);
  return spans;
}
