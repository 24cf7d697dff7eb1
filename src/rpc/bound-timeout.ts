import type { IncomingHttpHeaders } from 'node:http';

/** TimeoutBounds are the deadline of a call that brings none, and the longest one, in ms; null = no deadline. */
export interface TimeoutBounds {
  defaultMs: number | null;
  maxMs: number;
}

/** A timer cannot wait for longer. */
export const TIMER_MAX_MS = 2 ** 31 - 1;

/**
 * Sets the timeout header of a request to what the service grants, before the transport reads it: a missing one to the
 * default, a longer one to the longest. A malformed one stays, for the transport to refuse.
 */
export function boundTimeout(headers: IncomingHttpHeaders, { defaultMs, maxMs }: TimeoutBounds): void {
  const isConnect = !headers['content-type']?.startsWith('application/grpc');
  const name = isConnect ? 'connect-timeout-ms' : 'grpc-timeout';
  const asked = headers[name];
  const askedMs = asked === undefined ? defaultMs : readTimeout(String(asked), isConnect);
  if (askedMs === null || (asked !== undefined && askedMs <= maxMs)) return;
  const grantedMs = Math.min(askedMs, maxMs, TIMER_MAX_MS);
  headers[name] = isConnect ? String(grantedMs) : grpcTimeout(grantedMs);
}

const unitsMs: Record<string, number> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** Null where it is malformed. */
function readTimeout(text: string, isConnect: boolean): number | null {
  if (isConnect) return /^\d{1,10}$/.test(text) ? Number(text) : null;
  const [, count, unit] = /^(\d{1,8})([HMSmun])$/.exec(text) ?? [];
  return count === undefined || unit === undefined ? null : Number(count) * unitsMs[unit]!;
}

/** The header holds eight digits. */
function grpcTimeout(ms: number): string {
  return ms < 1e8 ? `${ms}m` : `${Math.floor(ms / 1000)}S`;
}
