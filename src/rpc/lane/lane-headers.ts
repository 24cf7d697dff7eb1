import type { IncomingHttpHeaders } from 'node:http';
import type { CallHeaders } from '../call.ts';
import type { AnswerTerms, HeaderFields } from './lane-protocol.ts';

/** LaneHeaders makes the headers of a call when its handler asks for them: few do, and they cost more than a call. */
export class LaneHeaders implements CallHeaders {
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

  /** Returns what a handler added, with the id of the request. */
  added(requestId: string): Pick<AnswerTerms, 'headers' | 'hasAdded' | 'trailers'> {
    const headers = { 'x-request-id': requestId, ...fieldsOf(this.#header) };
    return { headers, hasAdded: this.#header !== null, trailers: fieldsOf(this.#trailer) };
  }
}

const NONE: HeaderFields = {};

function fieldsOf(headers: Headers | null): HeaderFields {
  return headers === null ? NONE : Object.fromEntries(headers);
}
