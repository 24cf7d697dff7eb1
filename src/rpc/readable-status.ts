import type { UniversalServerResponse } from '@connectrpc/connect/protocol';

/**
 * Rewrites the status message of a gRPC answer so that it escapes no more than gRPC asks for. The transport escapes
 * all punctuation, and clients such as grpc-js decode only part of that.
 */
export function withReadableStatus(response: UniversalServerResponse): UniversalServerResponse {
  const { body, trailer } = response;
  if (trailer === undefined || body === undefined) return response;
  return { ...response, body: thenRewrite(body, trailer) };
}

/** Rewrites one status message. */
export function readableMessage(message: string): string {
  return message.replace(/%(?!25|7F)[2-7][0-9A-F]/g, decodeURIComponent);
}

/** The trailers are complete when the body is. */
async function* thenRewrite(body: AsyncIterable<Uint8Array>, trailer: Headers): AsyncGenerator<Uint8Array> {
  yield* body;
  const message = trailer.get('grpc-message');
  if (message !== null) trailer.set('grpc-message', readableMessage(message));
}
