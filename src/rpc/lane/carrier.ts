import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { Readable, Writable } from 'node:stream';
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

/** Returns a request header by its lower-case name; null when it is absent. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name];
  return value === undefined ? null : String(value);
}

/**
 * Carrier is one request and the way back. Once that is closed it knows nobody: Node's own part of a stream outlives it by
 * a full garbage collection, and all that hangs on it would, too.
 */
export abstract class Carrier {
  readonly headers: IncomingHttpHeaders;
  readonly #request: Readable;
  readonly #response: Writable;
  #events: CarrierEvents | null = null;

  constructor(headers: IncomingHttpHeaders, request: Readable, response: Writable) {
    this.headers = headers;
    this.#request = request;
    this.#response = response;
  }

  /** Says from here on when the request is over. */
  open(events: CarrierEvents): void {
    this.#events = events;
    this.#response.on('close', () => {
      this.#events?.gone();
      this.#events = null;
    });
  }

  /** Has the body come in. */
  read(): void {
    this.#request.on('data', (bytes: Uint8Array) => this.#events?.piece(bytes));
    this.#request.on('end', () => this.#events?.whole());
    this.#request.on('error', () => {});
  }

  /** Sends the answer, which takes a moment where it is compressed, if the caller is still there. */
  send(answer: Answer | Promise<Answer>): void {
    if (answer instanceof Promise) void answer.then((made) => this.send(made));
    else if (!this.#response.destroyed) this.write(answer);
  }

  protected abstract write(answer: Answer): void;
}

/** Carries a request over HTTP/2; `edgeHeaders` go with its answer. */
export class Http2Carrier extends Carrier {
  readonly #stream: ServerHttp2Stream;
  protected readonly edgeHeaders: HeaderFields;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, edgeHeaders: HeaderFields) {
    super(headers, stream, stream);
    this.#stream = stream;
    this.edgeHeaders = edgeHeaders;
  }

  protected write({ status, headers, body, trailers }: Answer): void {
    const stream = this.#stream;
    if (stream.closed) return;
    const outgoing: OutgoingHttpHeaders = { ':status': status, ...headers, ...this.edgeHeaders };
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
export class Http1Carrier extends Carrier {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;

  constructor(request: IncomingMessage, response: ServerResponse) {
    super(request.headers, request, response);
    this.#request = request;
    this.#response = response;
  }

  protected write({ status, headers, body }: Answer): void {
    this.#response.writeHead(status, headers);
    this.#response.end(body);
    readOff(this.#request, () => this.#request.destroy());
  }
}
