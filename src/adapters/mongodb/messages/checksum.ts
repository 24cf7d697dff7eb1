import { crc32 } from 'node:zlib';

/** Returns the crc32 of a document's columns in order, joined so that no two read alike, then of its body if it has one. */
export function checksum(columns: readonly (string | number | null)[], body?: Uint8Array): number {
  const head = crc32(JSON.stringify(columns));
  return body === undefined ? head : crc32(body, head);
}
