import { invalidField } from './refusals.ts';

const NAME_BYTES_MAX = 256;

/** Throws INVALID_FIELD unless a name is empty, or up to 256 bytes of UTF-8 without control characters. */
export function checkName(field: string, value: string): void {
  if (value === '') return;
  const bytes = Buffer.byteLength(value);
  if (bytes > NAME_BYTES_MAX) throw invalidField(field, `has ${bytes} bytes`, `send at most ${NAME_BYTES_MAX}`);
  if (/\p{Cc}/u.test(value)) throw invalidField(field, 'has control characters', 'leave them out');
  checkUnicode(field, value);
}

/** Throws INVALID_FIELD when a text has more than that many characters (code points). */
export function checkText(field: string, value: string, charactersMax: number): void {
  const characters = value.length > charactersMax ? Array.from(value).length : value.length;
  if (characters > charactersMax)
    throw invalidField(field, `has ${characters} characters`, `send at most ${charactersMax}`);
  checkUnicode(field, value);
}

/** Throws INVALID_FIELD when a text holds half a surrogate pair, which UTF-8 cannot say. */
export function checkUnicode(field: string, value: string): void {
  if (!value.isWellFormed()) throw invalidField(field, 'is not valid Unicode', 'send whole characters');
}

/** Throws INVALID_FIELD when a required text is empty. */
export function checkPresent(field: string, value: string): void {
  if (value === '') throw invalidField(field, 'is missing', 'set it');
}

/** Throws INVALID_FIELD unless a request id is empty or 1 to 128 characters. */
export function checkRequestId(value: string): void {
  checkText('request_id', value, 128);
}
