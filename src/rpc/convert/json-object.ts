import type { JsonObject as Struct } from '@bufbuild/protobuf';
import type { JsonObject } from '../../model/json.ts';

/** Reads a Struct; absent becomes the empty object. */
export function jsonObjectFrom(struct: Struct | undefined): JsonObject {
  return (struct ?? {}) as JsonObject;
}
