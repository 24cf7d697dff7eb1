import { invalidField, quoted } from './refusals.ts';

const ID = /^[!-.0-~]+$/;

/** Throws INVALID_FIELD unless a session id is 1 to 256 printable ASCII characters without space and `/`. */
export function checkSessionId(field: string, value: string): void {
  if (value === '') throw invalidField(field, 'is missing', 'name the session');
  checkId(field, value, 256);
}

/** Throws INVALID_FIELD unless an agent id is empty, or 1 to 128 printable ASCII characters without space and `/`. */
export function checkAgentId(field: string, value: string): void {
  if (value !== '') checkId(field, value, 128);
}

function checkId(field: string, value: string, lengthMax: number): void {
  if (value.length > lengthMax)
    throw invalidField(field, `has ${value.length} characters`, `send at most ${lengthMax}`);
  if (!ID.test(value))
    throw invalidField(field, `is ${quoted(value)}`, 'use printable ASCII characters without space and /');
}
