import type { JsonObject as Struct } from '@bufbuild/protobuf';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { SessionError } from '../../model/session-error.ts';

/** Reads a Struct; absent becomes the empty object. INVALID_FIELD for NaN and infinities, which JSON cannot say. */
export function jsonObjectFrom(struct: Struct | undefined, field: string): JsonObject {
  const object = (struct ?? {}) as JsonObject;
  checkNumbers(object, field);
  return object;
}

function checkNumbers(value: JsonValue, path: string): void {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new SessionError('INVALID_FIELD', `${path} is ${value}, which JSON cannot say`, { field: path });
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) checkNumbers(item as JsonValue, `${path}.${key}`);
}
