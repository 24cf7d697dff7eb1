import { createHmac, timingSafeEqual } from 'node:crypto';

/** How many bytes a signature has. */
export const SIGNATURE_BYTES = 16;

/** Returns the signature of parts in their order: HMAC-SHA-256, cut to 16 bytes; no two lists of parts sign alike. */
export function signatureOf(secret: Uint8Array, parts: readonly (string | Uint8Array)[]): Buffer {
  const hmac = createHmac('sha256', secret);
  for (const part of parts) {
    const bytes = Buffer.from(part);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hmac.update(length).update(bytes);
  }
  return hmac.digest().subarray(0, SIGNATURE_BYTES);
}

/** Compares two signatures in constant time. */
export function isSameSignature(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
