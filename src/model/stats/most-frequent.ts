/** Returns counted keys, the most frequent first, equal ones by key, at most `limit`. */
export function mostFrequent(counts: ReadonlyMap<string, number>, limit: number): [key: string, count: number][] {
  return [...counts].sort((one, other) => other[1] - one[1] || (one[0] < other[0] ? -1 : 1)).slice(0, limit);
}

/** Counts a key once more, in place. */
export function countOnce<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
