/** Returns the median of times; NaN of none. */
export function median(times: readonly number[]): number {
  return quantile(times, 0.5);
}

/** Returns the time that a share of times, from 0 to 1, does not exceed; NaN of none. */
export function quantile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((first, second) => first - second);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
