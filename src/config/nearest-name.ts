/** Returns the candidate that takes the fewest edits to reach from a name, with their number; null without candidates. */
export function nearestName(name: string, candidates: readonly string[]): { name: string; edits: number } | null {
  let nearest: { name: string; edits: number } | null = null;
  for (const candidate of candidates) {
    const edits = editsBetween(name, candidate);
    if (nearest === null || edits < nearest.edits) nearest = { name: candidate, edits };
  }
  return nearest;
}

/** Tells whether so few edits are rather a slip than another name. */
export function isSlip({ name, edits }: { name: string; edits: number }): boolean {
  return edits <= Math.max(1, Math.floor(name.length / 6));
}

/** Returns ` (did you mean ttl?)` where a known name is near, else nothing. */
export function suggestionFor(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return nearest !== null && nearest.edits <= name.length / 2 ? ` (did you mean ${nearest.name}?)` : '';
}

// Levenshtein's distance, row by row.
function editsBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const replaced = row[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[other.length]!;
}
