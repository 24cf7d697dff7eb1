import type { JsonObject, JsonValue } from '../json.ts';
import type { FilePart, Part } from '../message.ts';

/** What the type of a data part begins with when it holds a content part of a kind that has no part of its own. */
const FOREIGN_TYPE = 'openai.';

/** What the media type of an image by address is taken to be: the form does not say. */
const IMAGE_TYPE = 'image/*';

const DATA_URL = /^data:([^;,]+);base64,([A-Za-z0-9+/]*={0,2})$/;

/** Reads one entry of a `content` array; kinds without a part of their own are kept as typed JSON. */
export function decodeContentPart(part: JsonObject): Part {
  if (part.type === 'text' && typeof part.text === 'string') return { kind: 'text', text: part.text };
  const image = part.image_url;
  if (part.type === 'image_url' && isObject(image) && typeof image.url === 'string') return decodeImage(image.url);
  return {
    kind: 'data',
    type: `${FOREIGN_TYPE}${typeof part.type === 'string' ? part.type : ''}`,
    json: JSON.stringify(part),
  };
}

/** Writes parts as entries of a `content` array, without those that have their place elsewhere in the message. */
export function encodeContentParts(parts: readonly Part[]): JsonObject[] {
  return parts.map(encodeContentPart).filter((entry) => entry !== null);
}

function encodeContentPart(part: Part): JsonObject | null {
  switch (part.kind) {
    case 'text':
      return { type: 'text', text: part.text };
    case 'file':
      return encodeFile(part);
    case 'data':
      return foreignPart(part.type, part.json) ?? { type: 'data', data: { type: part.type, json: part.json } };
    default:
      return null;
  }
}

function foreignPart(type: string, json: string): JsonObject | null {
  return type.startsWith(FOREIGN_TYPE) ? parseObject(json) : null;
}

/** Parses the text of a JSON object; null when it is none. */
export function parseObject(json: string): JsonObject | null {
  try {
    const value = JSON.parse(json) as JsonValue;
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** Tells whether a JSON value is an object. */
export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function decodeImage(url: string): FilePart {
  const [, mimeType, base64] = DATA_URL.exec(url) ?? [];
  if (mimeType === undefined || base64 === undefined)
    return { kind: 'file', mimeType: IMAGE_TYPE, filename: '', uri: url };
  return { kind: 'file', mimeType, filename: '', data: new Uint8Array(Buffer.from(base64, 'base64')) };
}

function encodeFile({ mimeType, filename, uri, data }: FilePart): JsonObject {
  const url = uri ?? `data:${mimeType};base64,${Buffer.from(data ?? []).toString('base64')}`;
  if (mimeType.startsWith('image/')) return { type: 'image_url', image_url: { url } };
  return { type: 'file', file: { filename, file_data: url } };
}
