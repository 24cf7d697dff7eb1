/** Calls `act` for each of the items, up to `limit` at once; waits for those under way before it throws what one threw. */
export async function forEachAtOnce<Item>(
  items: AsyncIterable<Item>,
  limit: number,
  act: (item: Item) => Promise<void>,
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  let failure: { error: unknown } | null = null;
  for await (const item of items) {
    if (failure !== null) break;
    const work = act(item)
      .catch((error) => {
        failure ??= { error };
      })
      .finally(() => underWay.delete(work));
    underWay.add(work);
    if (underWay.size >= limit) await Promise.race(underWay);
  }
  await Promise.all(underWay);
  if (failure !== null) throw (failure as { error: unknown }).error;
}
