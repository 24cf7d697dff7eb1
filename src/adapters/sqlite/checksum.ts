import { crc32 } from 'node:zlib';

/** Returns the crc32 of a row: its columns in order, joined so that no two rows read alike, then its body if it has one. */
export function checksum(columns: readonly (string | number | null)[], body?: Uint8Array): number {
  const head = crc32(JSON.stringify(columns));
  return body === undefined ? head : crc32(body, head);
}
