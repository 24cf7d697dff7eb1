import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { readOff } from '../read-off.ts';
import type { Answer, HeaderFields } from './lane-protocol.ts';

/** CarrierEvents are what becomes of a request. */
export interface CarrierEvents {
  /** A piece of the body has come. */
  piece(bytes: Uint8Array): void;
  /** The body is whole. */
  whole(): void;
  /** The request is over, answered or not. */
  gone(): void;
}

/** Carrier is one request and the way back, over either version of HTTP. */
export interface Carrier {
  readonly headers: IncomingHttpHeaders;
  /** Says from here on when the request is over. */
  open(events: CarrierEvents): void;
  /** Has the body come in. */
  read(events: CarrierEvents): void;
  /** Sends the answer, if the caller is still there. */
  send(answer: Answer): void;
}

/** Returns a request header by its lower-case name; null when it is absent. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name];
  return value === undefined ? null : String(value);
}

/** Carries a request over HTTP/2; `edgeHeaders` go with its answer. */
export class Http2Carrier implements Carrier {
  readonly headers: IncomingHttpHeaders;
  readonly #stream: ServerHttp2Stream;
  readonly #edgeHeaders: HeaderFields;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, edgeHeaders: HeaderFields) {
    this.#stream = stream;
    this.headers = headers;
    this.#edgeHeaders = edgeHeaders;
  }

  open(events: CarrierEvents): void {
    this.#stream.on('close', () => events.gone());
  }

  read(events: CarrierEvents): void {
    this.#stream.on('data', (bytes: Uint8Array) => events.piece(bytes));
    this.#stream.on('end', () => events.whole());
  }

  send({ status, headers, body, trailers }: Answer): void {
    const stream = this.#stream;
    if (stream.destroyed || stream.closed) return;
    const outgoing: OutgoingHttpHeaders = { ':status': status, ...headers, ...this.#edgeHeaders };
    if (trailers === null) {
      stream.respond(outgoing, { endStream: body === null });
    } else {
      stream.respond(outgoing, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    }
    if (body !== null) stream.end(body);
    readOff(stream, () => stream.close(constants.NGHTTP2_CANCEL));
  }
}

/** Carries a request over HTTP/1.1. */
export class Http1Carrier implements Carrier {
  readonly headers: IncomingHttpHeaders;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.headers = request.headers;
    this.#request = request;
    this.#response = response;
  }

  open(events: CarrierEvents): void {
    this.#response.on('close', () => events.gone());
  }

  read(events: CarrierEvents): void {
    this.#request.on('data', (bytes: Uint8Array) => events.piece(bytes));
    this.#request.on('end', () => events.whole());
    this.#request.on('error', () => {});
  }

  send({ status, headers, body }: Answer): void {
    if (this.#response.destroyed) return;
    this.#response.writeHead(status, headers);
    this.#response.end(body);
    readOff(this.#request, () => this.#request.destroy());
  }
}
