import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { Readable, Writable } from 'node:stream';
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
  /** Has the body come in; whoever sends much more when the answer is out is cut off. */
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
    readInto(events, this.#stream, this.#stream, () => this.#stream.close(constants.NGHTTP2_CANCEL));
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
    readInto(events, this.#request, this.#response, () => this.#request.destroy());
    this.#request.on('error', () => {});
  }

  send({ status, headers, body }: Answer): void {
    if (this.#response.destroyed) return;
    this.#response.writeHead(status, headers);
    this.#response.end(body);
  }
}

/** Clients that are refused early rarely stop at once, and some read no answer before they have sent everything. */
const UNWANTED_BYTES_MAX = 16 * 1024 * 1024;

function readInto(events: CarrierEvents, request: Readable, response: Writable, cutOff: () => void): void {
  let unwanted = 0;
  request.on('data', (bytes: Uint8Array) => {
    if (!response.writableEnded) events.piece(bytes);
    else unwanted += bytes.byteLength;
    if (unwanted > UNWANTED_BYTES_MAX) cutOff();
  });
  request.on('end', () => events.whole());
}
