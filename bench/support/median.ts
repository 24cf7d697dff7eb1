/** Returns the median of times; NaN of none. */
export function median(times: readonly number[]): number {
  const sorted = times.toSorted((first, second) => first - second);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
