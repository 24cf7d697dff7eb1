import { randomFillSync } from 'node:crypto';
import type { Random } from '../../ports/random.ts';

/** Asking the system costs about the same for a few bytes and for these. */
const POOL_BYTES = 4096;

const pool = new Uint8Array(POOL_BYTES);
let usedBytes = POOL_BYTES;

/** The machine's own source of randomness; no byte of it is given twice. */
export const systemRandom: Random = {
  bytes: (count) => (count > POOL_BYTES ? randomFillSync(new Uint8Array(count)) : take(count)),
};

function take(count: number): Uint8Array {
  if (usedBytes + count > POOL_BYTES) {
    randomFillSync(pool);
    usedBytes = 0;
  }
  usedBytes += count;
  return pool.slice(usedBytes - count, usedBytes);
}
