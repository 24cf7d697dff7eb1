import type { Limits } from '../limits.ts';
import { invalidField } from './refusals.ts';

const UINT32_MAX = 2 ** 32 - 1;
const INT32_MAX = 2 ** 31 - 1;

/** Throws INVALID_FIELD unless a number is whole and between `min` and `max`. */
export function checkNumber(field: string, value: number, { min = 0, max = UINT32_MAX } = {}): void {
  if (!Number.isInteger(value) || value < min || value > max)
    throw invalidField(field, `is ${value}`, `send a whole number from ${min} to ${max}`);
}

/** Throws INVALID_FIELD unless a quality score is 0 (not rated) or 1 to 5. */
export function checkQualityScore(field: string, value: number): void {
  checkNumber(field, value, { max: 5 });
}

/** Returns how many entries a page has: 0 = the default, above the maximum = clamped; negative is INVALID_FIELD. */
export function pageSizeOf(value: number, limits: Limits): number {
  checkNumber('page_size', value, { max: INT32_MAX });
  return value === 0 ? limits.pageSizeDefault : Math.min(value, limits.pageSizeMax);
}
