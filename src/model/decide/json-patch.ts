import type { JsonPatch } from '../call.ts';
import type { JsonObject } from '../json.ts';
import { limitExceeded } from './refusals.ts';

/** Tells whether a patch says nothing. */
export function isPatchEmpty(patch: JsonPatch): boolean {
  return patch.remove.length === 0 && Object.keys(patch.set).length === 0;
}

/** Deletes the keys of `remove`, then replaces each top-level key of `set` whole. */
export function applyPatch(object: JsonObject, patch: JsonPatch): JsonObject {
  const removed = new Set(patch.remove);
  const kept = Object.entries(object).filter(([key]) => !removed.has(key));
  return Object.fromEntries([...kept, ...Object.entries(patch.set)]);
}

/** Refuses an object whose JSON text is longer than `max` bytes. */
export function requireJsonSize(object: JsonObject, field: 'state' | 'metadata', max: number): void {
  const value = Buffer.byteLength(JSON.stringify(object));
  if (value <= max) return;
  throw limitExceeded({
    limit: `${field}_bytes`,
    field,
    value,
    max,
    remedy: 'remove keys or keep large values elsewhere',
  });
}
