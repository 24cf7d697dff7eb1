/** Takes entries from the beginning for as long as their bytes together stay within a bound, but always the first. */
export function takeWithin<Entry>(
  entries: readonly Entry[],
  bytesMax: number,
  bytesOf: (entry: Entry) => number,
): Entry[] {
  let bytes = 0;
  const firstLeftOut = entries.findIndex((entry, index) => {
    bytes += bytesOf(entry);
    return index > 0 && bytes > bytesMax;
  });
  return firstLeftOut === -1 ? [...entries] : entries.slice(0, firstLeftOut);
}
