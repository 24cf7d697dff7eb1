import { Http2ServerResponse } from 'node:http2';
import type { UniversalServerResponse } from '@connectrpc/connect/protocol';
import { universalResponseToNodeResponse } from '@connectrpc/connect-node';
import type { HttpResponse } from './http-listener.ts';

/**
 * Sends what the transport library answers. A gRPC call that fails before its first message is answered by headers alone
 * ("Trailers-Only" in gRPC's specification): to clients, headers of their own are the begin of an answer, after which no
 * retry policy tries the call again. Where a handler added headers, they are sent as such.
 */
export async function sendAnswer(answer: UniversalServerResponse, response: HttpResponse): Promise<void> {
  const { body, trailer } = answer;
  if (body === undefined || trailer === undefined || !(response instanceof Http2ServerResponse)) {
    return universalResponseToNodeResponse(answer, response);
  }
  const pieces = body[Symbol.asyncIterator]();
  const first = await pieces.next();
  if (first.done && trailer.get('grpc-status') !== '0' && !hasAdded(answer)) {
    return sendHeadersAlone(answer, trailer, response);
  }
  return universalResponseToNodeResponse({ ...answer, body: beginWith(first, pieces) }, response);
}

const OWN_HEADERS = new Set(['content-type', 'grpc-encoding', 'x-request-id']);

function hasAdded({ header }: UniversalServerResponse): boolean {
  return [...(header?.keys() ?? [])].some((name) => !OWN_HEADERS.has(name));
}

function sendHeadersAlone(
  { status, header }: UniversalServerResponse,
  trailer: Headers,
  to: Http2ServerResponse,
): void {
  to.statusCode = status;
  for (const [name, value] of [...(header ?? []), ...trailer]) to.setHeader(name, value);
  to.end();
}

/** Yields a step that was taken already, then the others; what goes wrong with any of them is told to their source. */
function beginWith<Piece>(first: IteratorResult<Piece>, pieces: AsyncIterator<Piece>): AsyncIterable<Piece> {
  let taken: IteratorResult<Piece> | null = first;
  const next = async () => {
    const step = taken ?? (await pieces.next());
    taken = null;
    return step;
  };
  const iterator: AsyncIterator<Piece> = { next };
  if (pieces.return) iterator.return = (value) => pieces.return!(value);
  if (pieces.throw) iterator.throw = (error) => pieces.throw!(error);
  return { [Symbol.asyncIterator]: () => iterator };
}
