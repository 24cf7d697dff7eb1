import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { createConnectRouter, createContextValues } from '@connectrpc/connect';
import type { UniversalHandler } from '@connectrpc/connect/protocol';
import {
  compressionBrotli,
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from '@connectrpc/connect-node';
import type { Calls } from './calls.ts';
import { addRoutes, createGate, timeoutKey } from './connect-routes.ts';
import type { AskedTimeout } from './granted-timeout.ts';
import type { ServedService } from './handlers.ts';
import { withReadableStatus } from './readable-status.ts';

/** HttpRequest is node's, of either version of HTTP. */
export type HttpRequest = IncomingMessage | Http2ServerRequest;

/** HttpResponse is node's, of either version of HTTP. */
export type HttpResponse = ServerResponse | Http2ServerResponse;

/** HttpListener answers a request. */
export type HttpListener = (request: HttpRequest, response: HttpResponse) => void;

/** RpcListenerOptions bound what a request may bring. */
export interface RpcListenerOptions {
  services: readonly ServedService[];
  calls: Calls;
  /** Largest request message, uncompressed. */
  requestBytesMax: number;
  /** Answers what is no RPC. */
  fallback: HttpListener;
}

/** No answer of ours is larger: pages end at 3.5 MiB, and what cannot be split is at most 1 MiB. */
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

/** Creates the listener that serves gRPC, gRPC-Web and Connect on either version of HTTP. */
export function createRpcListener(options: RpcListenerOptions): HttpListener {
  const { services, calls, requestBytesMax, fallback } = options;
  const router = createConnectRouter({
    requestGate: createGate(services, calls),
    readMaxBytes: requestBytesMax,
    writeMaxBytes: ANSWER_BYTES_MAX,
    jsonOptions: { ignoreUnknownFields: false },
    acceptCompression: [compressionGzip, compressionBrotli],
  });
  addRoutes(router, services, calls);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
  return (request, response) => {
    const handler = handlers.get(request.url?.split('?', 1)[0] ?? '');
    if (handler === undefined) return fallback(request, response);
    answer(handler, request, response).catch(() => cutOff(response));
  };
}

/** Throws where the request names no host that an address can be made of, and where the connection breaks. */
async function answer(handler: UniversalHandler, request: HttpRequest, response: HttpResponse): Promise<void> {
  const values = createContextValues().set(timeoutKey, takeTimeout(request));
  const arrived = universalRequestFromNodeRequest(request, response, undefined, values);
  await universalResponseToNodeResponse(withReadableStatus(await handler(arrived)), response);
}

function cutOff(response: HttpResponse): void {
  if (response.headersSent) {
    response.destroy();
  } else {
    response.statusCode = 400;
    response.end();
  }
}

/**
 * Takes the timeout out of the headers: deadlines are kept by Calls, since the transport forgets how to describe its
 * errors once its own deadline has passed.
 */
function takeTimeout({ headers }: HttpRequest): AskedTimeout | null {
  const name = headers['content-type']?.startsWith('application/grpc') ? 'grpc-timeout' : 'connect-timeout-ms';
  const text = headers[name];
  if (text === undefined) return null;
  delete headers[name];
  return { name, text: String(text) };
}
