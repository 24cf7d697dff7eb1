import { SessionError } from '../session-error.ts';

/** Limit is a bound of api.md that a value passed. */
export interface Limit {
  /** Its name for clients: `metadata_bytes`. */
  name: string;
  value: number;
  max: number;
}

/** Returns INVALID_FIELD: the field as in the contract, what is wrong with it, and what to send instead. */
export function invalidField(field: string, fault: string, remedy: string): SessionError {
  return new SessionError('INVALID_FIELD', `${field} ${fault}; ${remedy}`, { field });
}

/** Returns LIMIT_EXCEEDED with the limit, the value and the maximum in its metadata. */
export function limitExceeded(field: string, limit: Limit): SessionError {
  return new SessionError(
    'LIMIT_EXCEEDED',
    `${field} has ${limit.value} of at most ${limit.max} ${limit.name}; send less`,
    { field, metadata: limitFacts(limit) },
  );
}

/** Returns MESSAGE_TOO_LARGE for an encoded message above the limit. */
export function messageTooLarge(field: string, bytes: number, bytesMax: number): SessionError {
  return new SessionError(
    'MESSAGE_TOO_LARGE',
    `${field} has ${bytes} of at most ${bytesMax} bytes; send files by uri, or split the message`,
    { field, metadata: limitFacts({ name: 'message_bytes', value: bytes, max: bytesMax }) },
  );
}

function limitFacts({ name, value, max }: Limit): Record<string, string> {
  return { limit: name, value: String(value), max: String(max) };
}

/** Shows a value inside an error message: quoted, control characters escaped, cut to 40 characters. */
export function quoted(value: string): string {
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
}
