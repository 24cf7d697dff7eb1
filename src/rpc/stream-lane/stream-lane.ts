import type { IncomingHttpHeaders } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import { compressionNegotiate } from '@connectrpc/connect/protocol';
import type { Calls } from '../calls.ts';
import type { ServedService } from '../handlers.ts';
import { headerOf } from '../lane/carrier.ts';
import { laneMethodsOf } from '../lane/lane-method.ts';
import type { HeaderFields } from '../lane/lane-protocol.ts';
import { COMPRESSIONS } from '../wire-rules.ts';
import { connectJsonStream, connectStream } from './connect-stream.ts';
import { grpcStream } from './grpc-stream.ts';
import { StreamCall } from './stream-call.ts';
import { StreamCarrier } from './stream-carrier.ts';
import { type StreamMethod, streamMethodFrom } from './stream-method.ts';
import type { StreamProtocol } from './stream-protocol.ts';

/** StreamLaneOptions say what is served. */
export interface StreamLaneOptions {
  services: readonly ServedService[];
  calls: Calls;
  /** Largest request message. */
  requestBytesMax: number;
}

/** StreamLane is the part of the lane that answers calls by streams: an open one costs little more than HTTP/2's own. */
export class StreamLane {
  readonly #calls: Calls;
  readonly #methods: ReadonlyMap<string, StreamMethod>;

  constructor({ services, calls, requestBytesMax }: StreamLaneOptions) {
    this.#calls = calls;
    const methods = laneMethodsOf<AsyncIterable<object>>('server_streaming', services, requestBytesMax);
    this.#methods = new Map([...methods].map(([path, method]) => [path, streamMethodFrom(method)]));
  }

  /** Takes a request, or leaves it untouched; `edgeHeaders` go with the answer. */
  take(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, edgeHeaders: HeaderFields): boolean {
    const method = this.#methods.get(headerOf(headers, ':path') ?? '');
    const protocol = PROTOCOLS.get(headers['content-type'] ?? '');
    if (method === undefined || protocol === undefined || headerOf(headers, ':method') !== 'POST') return false;
    const encoding = headers[protocol.encodingHeader];
    if (headers.expect !== undefined || (encoding !== undefined && encoding !== 'identity')) return false;
    const accepted = headerOf(headers, protocol.acceptHeader);
    const compression =
      accepted === null ? null : compressionNegotiate(COMPRESSIONS, null, accepted, protocol.acceptHeader).response;
    const carrier = new StreamCarrier(stream, headers, edgeHeaders);
    new StreamCall({ calls: this.#calls, method, protocol, carrier, compression }).start();
    return true;
  }
}

const PROTOCOLS: ReadonlyMap<string, StreamProtocol> = new Map([
  ['application/grpc', grpcStream],
  ['application/grpc+proto', grpcStream],
  ['application/connect+proto', connectStream],
  ['application/connect+json', connectJsonStream],
]);
