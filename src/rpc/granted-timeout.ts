import { SessionError } from '../model/session-error.ts';

/** TimeoutBounds are the deadline of a call that brings none, and the longest one, in ms; null = none. */
export interface TimeoutBounds {
  defaultMs: number | null;
  maxMs: number;
}

/** AskedTimeout is a timeout header as the caller sent it. */
export interface AskedTimeout {
  name: TimeoutHeader;
  text: string;
}

/** TimeoutHeader is the header that a protocol sends its deadlines in. */
type TimeoutHeader = 'grpc-timeout' | 'connect-timeout-ms';

/** A timer cannot wait for longer. */
export const TIMER_MAX_MS = 2 ** 31 - 1;

/** Returns the deadline that a call gets, in ms from its arrival; INVALID_FIELD for a header that cannot be read. */
export function grantedTimeout(asked: AskedTimeout | null, { defaultMs, maxMs }: TimeoutBounds): number | null {
  return asked === null ? defaultMs : Math.min(readTimeout(asked), maxMs, TIMER_MAX_MS);
}

const unitsMs: Record<string, number> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

function readTimeout({ name, text }: AskedTimeout): number {
  const [, count, unit = 'm'] = (name === 'grpc-timeout' ? /^(\d{1,8})([HMSmun])$/ : /^(\d{1,10})$/).exec(text) ?? [];
  if (count !== undefined) return Number(count) * unitsMs[unit]!;
  const form = name === 'grpc-timeout' ? 'up to 8 digits and one of H M S m u n' : 'ms, up to 10 digits';
  throw new SessionError('INVALID_FIELD', `the header ${name} is no timeout; use ${form}`, { field: name });
}
