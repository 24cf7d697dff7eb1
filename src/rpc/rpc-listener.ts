import { constants } from 'node:http2';
import type { Writable } from 'node:stream';
import { createConnectRouter, createContextValues } from '@connectrpc/connect';
import type { UniversalHandler } from '@connectrpc/connect/protocol';
import { universalRequestFromNodeRequest } from '@connectrpc/connect-node';
import type { Calls } from './calls.ts';
import { addRoutes, createGate, timeoutKey } from './connect-routes.ts';
import type { AskedTimeout } from './granted-timeout.ts';
import type { ServedService } from './handlers.ts';
import type { HttpListener, HttpRequest, HttpResponse } from './http-listener.ts';
import type { Lane } from './lane/lane.ts';
import { readOff } from './read-off.ts';
import { withReadableStatus } from './readable-status.ts';
import { refuseUnknown } from './refuse-unknown.ts';
import { sendAnswer } from './send-answer.ts';
import { ANSWER_BYTES_MAX, COMPRESS_BYTES_MIN, COMPRESSIONS, JSON_OPTIONS } from './wire-rules.ts';

/** RpcListenerOptions bound what a request may bring. */
export interface RpcListenerOptions {
  services: readonly ServedService[];
  calls: Calls;
  /** Largest request message, uncompressed. */
  requestBytesMax: number;
  /** Takes what it can of HTTP/1.1; null = the transport library serves everything. */
  lane: Lane | null;
  /** Answers what is no RPC. */
  fallback: HttpListener;
}

/** Creates the listener that serves gRPC, gRPC-Web and Connect on either version of HTTP. */
export function createRpcListener(options: RpcListenerOptions): HttpListener {
  const { services, calls, requestBytesMax, lane, fallback } = options;
  const router = createConnectRouter({
    requestGate: createGate(services, calls),
    readMaxBytes: requestBytesMax,
    writeMaxBytes: ANSWER_BYTES_MAX,
    compressMinBytes: COMPRESS_BYTES_MIN,
    jsonOptions: JSON_OPTIONS,
    acceptCompression: COMPRESSIONS,
  });
  addRoutes(router, services, calls);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
  return (request, response) => {
    if (lane?.takeRequest(request, response)) return;
    const handler = handlers.get(request.url?.split('?', 1)[0] ?? '');
    if (handler === undefined) return (isGrpc(request) ? refuseUnknown : fallback)(request, response);
    answer(handler, request, response).catch(() => cutOff(response));
  };
}

/** Throws where the request names no host that an address can be made of, and where the connection breaks. */
async function answer(handler: UniversalHandler, request: HttpRequest, response: HttpResponse): Promise<void> {
  const values = createContextValues().set(timeoutKey, takeTimeout(request));
  const arrived = universalRequestFromNodeRequest(request, response, undefined, values);
  const body = piecesOf(request, response);
  await sendAnswer(withReadableStatus(await handler({ ...arrived, body })), response);
}

/** The library's own pieces end the connection where a handler is done before its request, and with it the answer. */
function piecesOf(request: HttpRequest, response: HttpResponse): AsyncIterable<Uint8Array> {
  const pieces = request.iterator({ destroyOnReturn: false });
  const { sent, end } = wayBack(request, response);
  sent.once('finish', async () => {
    await pieces.return?.().catch(() => {});
    readOff(request, end);
  });
  return { [Symbol.asyncIterator]: () => pieces };
}

/** Over HTTP/2 only the stream says when an answer is out. */
function wayBack(request: HttpRequest, response: HttpResponse): { sent: Writable; end(): void } {
  if (!('stream' in response)) return { sent: response, end: () => request.destroy() };
  return { sent: response.stream, end: () => response.stream.close(constants.NGHTTP2_CANCEL) };
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
  const name = isGrpc({ headers }) ? 'grpc-timeout' : 'connect-timeout-ms';
  const text = headers[name];
  if (text === undefined) return null;
  delete headers[name];
  return { name, text: String(text) };
}

function isGrpc({ headers }: Pick<HttpRequest, 'headers'>): boolean {
  return headers['content-type']?.startsWith('application/grpc') ?? false;
}
