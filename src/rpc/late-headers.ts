import type { IncomingHttpHeaders } from 'node:http';
import type { CallHeaders } from './call.ts';

/** LateHeaders makes the headers of a call when its handler asks for them: few do, and they cost more than a call. */
export class LateHeaders implements CallHeaders {
  readonly #arrived: IncomingHttpHeaders;
  #header: Headers | null = null;
  #trailer: Headers | null = null;

  constructor(arrived: IncomingHttpHeaders) {
    this.#arrived = arrived;
  }

  get requestHeader(): Headers {
    const fields = Object.entries(this.#arrived).filter(([name]) => !name.startsWith(':'));
    return new Headers(fields.map(([name, value]) => [name, String(value)]));
  }

  get responseHeader(): Headers {
    this.#header ??= new Headers();
    return this.#header;
  }

  get responseTrailer(): Headers {
    this.#trailer ??= new Headers();
    return this.#trailer;
  }

  /** What a handler added, by lower-case names; null = nothing. */
  get added(): { headers: Record<string, string> | null; trailers: Record<string, string> | null } {
    return { headers: fieldsOf(this.#header), trailers: fieldsOf(this.#trailer) };
  }
}

function fieldsOf(headers: Headers | null): Record<string, string> | null {
  return headers === null ? null : Object.fromEntries(headers);
}
