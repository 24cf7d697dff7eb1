import type { JsonValue } from './json.ts';

/** Estimates from above what a JSON value takes in an answer, in bytes, as JSON text and as a protobuf Struct alike. */
export function structBytes(value: JsonValue): number {
  return Buffer.byteLength(JSON.stringify(value)) + NODE_BYTES * countNodes(value);
}

/** Tags, lengths and doubles of one value, or of one key. */
const NODE_BYTES = 16;

function countNodes(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 1;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + countNodes(item), 1);
  return Object.values(value).reduce<number>((sum, item) => sum + 1 + countNodes(item), 1);
}
