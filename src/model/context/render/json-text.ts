import type { JsonValue } from '../../json.ts';

/** JsonText is a piece of JSON as text, so that what callers sent as JSON goes on byte for byte. */
export type JsonText = string;

/** Writes a text as a JSON string; half surrogate pairs become U+FFFD, since providers refuse them. */
export function textJson(text: string): JsonText {
  return JSON.stringify(text.toWellFormed());
}

/** Writes an object, its keys in the given order; what is undefined is left out. */
export function objectJson(fields: Record<string, JsonText | undefined>): JsonText {
  const members = Object.entries(fields).filter(([, json]) => json !== undefined);
  return `{${members.map(([key, json]) => `${JSON.stringify(key)}:${json}`).join(',')}}`;
}

/** Writes an array. */
export function arrayJson(items: readonly JsonText[]): JsonText {
  return `[${items.join(',')}]`;
}

/** Parses JSON text; undefined when it is none. */
export function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

/** Returns the value as an object; null when it is something else. */
export function asObject(value: JsonValue | undefined): { [key: string]: JsonValue } | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
}

/** Returns the arguments of a tool call as a JSON object: as they are, or, when they are none, wrapped into one. */
export function argumentsJson(text: string): JsonText {
  if (text.trim() === '') return '{}';
  return asObject(parseJson(text)) === null ? objectJson({ arguments: textJson(text) }) : text;
}
