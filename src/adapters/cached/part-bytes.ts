const known = new WeakMap<object, number>();

/** Estimates what a part of a session takes in memory; each part is looked at once, as none is ever changed in place. */
export function partBytes(part: object | undefined): number {
  if (part === undefined) return 0;
  const counted = known.get(part);
  if (counted !== undefined) return counted;
  const bytes = valueBytes(part);
  known.set(part, bytes);
  return bytes;
}

const VALUE_BYTES = 16;

function valueBytes(value: unknown): number {
  if (typeof value === 'string') return VALUE_BYTES + value.length;
  if (typeof value !== 'object' || value === null) return VALUE_BYTES;
  return Object.entries(value).reduce((sum, [key, item]) => sum + key.length + valueBytes(item), 2 * VALUE_BYTES);
}
