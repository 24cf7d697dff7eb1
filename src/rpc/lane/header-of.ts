import type { IncomingHttpHeaders } from 'node:http';

/** Returns a request header by its lower-case name; null when it is absent. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name];
  return value === undefined ? null : String(value);
}
