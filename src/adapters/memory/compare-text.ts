/** Compares ids by their bytes: they are ASCII. */
export function compareText(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
