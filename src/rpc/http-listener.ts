import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';

/** HttpRequest is node's, of either version of HTTP. */
export type HttpRequest = IncomingMessage | Http2ServerRequest;

/** HttpResponse is node's, of either version of HTTP. */
export type HttpResponse = ServerResponse | Http2ServerResponse;

/** HttpListener answers a request. */
export type HttpListener = (request: HttpRequest, response: HttpResponse) => void;
