import type { JsonObject, JsonValue } from '../json.ts';
import type { Limits } from '../limits.ts';
import { checkUnicode } from './check-text.ts';
import { invalidField, limitExceeded, quoted } from './refusals.ts';

const RESERVED_KEY = /^(?:app|user|temp):/;

/** Throws INVALID_FIELD or LIMIT_EXCEEDED unless metadata is JSON within its bytes. */
export function checkMetadata(field: string, value: JsonObject, limits: Limits): void {
  checkStruct(field, value, { name: 'metadata_bytes', max: limits.metadataBytesMax });
}

/** Throws INVALID_FIELD or LIMIT_EXCEEDED unless state is JSON within its bytes, without reserved keys. */
export function checkState(field: string, value: JsonObject, limits: Limits): void {
  for (const key of Object.keys(value)) {
    if (RESERVED_KEY.test(key))
      throw invalidField(field, `has the reserved key ${quoted(key)}`, 'begin no key with app:, user: or temp:');
  }
  checkStruct(field, value, { name: 'state_bytes', max: limits.stateBytesMax });
}

/** Throws INVALID_FIELD when a key is both set and removed by one patch. */
export function checkRemovedKeys(field: string, removed: readonly string[], set: JsonObject): void {
  const doubled = removed.find((key) => Object.hasOwn(set, key));
  if (doubled !== undefined)
    throw invalidField(field, `names ${quoted(doubled)}, which the patch sets`, 'set or remove a key, not both');
}

function checkStruct(field: string, value: JsonObject, limit: { name: string; max: number }): void {
  checkValue(field, value);
  const bytes = jsonBytes(value);
  if (bytes > limit.max) throw limitExceeded(field, { ...limit, value: bytes });
}

function checkValue(field: string, value: JsonValue): void {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw invalidField(field, `has the number ${value}`, 'send finite numbers');
  if (typeof value === 'string') checkUnicode(field, value);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    checkUnicode(field, key);
    checkValue(field, child);
  }
}

/** As text, in UTF-8; nothing is nothing. */
function jsonBytes(value: JsonValue): number {
  const text = JSON.stringify(value);
  return text === '{}' ? 0 : Buffer.byteLength(text);
}
