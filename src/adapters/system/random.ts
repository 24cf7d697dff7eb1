import { randomBytes } from 'node:crypto';
import type { Random } from '../../ports/random.ts';

/** The machine's own source of randomness. */
export const systemRandom: Random = {
  bytes: (count) => randomBytes(count),
};
