import type { ServerHttp2Stream } from 'node:http2';
import type { Calls } from '../calls.ts';
import type { ServedService } from '../handlers.ts';
import { findRoute, type RequestLine, type Routes } from '../lane/find-route.ts';
import { laneMethodsOf } from '../lane/lane-method.ts';
import type { HeaderFields } from '../lane/lane-protocol.ts';
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
  readonly #routes: Routes<StreamMethod, StreamProtocol>;

  constructor({ services, calls, requestBytesMax }: StreamLaneOptions) {
    this.#calls = calls;
    const methods = laneMethodsOf<AsyncIterable<object>>('server_streaming', services, requestBytesMax);
    const streamed = [...methods].map(([path, method]) => [path, streamMethodFrom(method)] as const);
    this.#routes = { methods: new Map(streamed), protocols: PROTOCOLS };
  }

  /** Takes a request, or leaves it untouched; `edgeHeaders` go with the answer. */
  take(stream: ServerHttp2Stream, line: RequestLine, edgeHeaders: HeaderFields): boolean {
    const route = findRoute(this.#routes, line);
    if (route === null) return false;
    const carrier = new StreamCarrier(stream, line.headers, edgeHeaders);
    new StreamCall({ calls: this.#calls, carrier, ...route }).start();
    return true;
  }
}

const PROTOCOLS: ReadonlyMap<string, StreamProtocol> = new Map([
  ['application/grpc', grpcStream],
  ['application/grpc+proto', grpcStream],
  ['application/connect+proto', connectStream],
  ['application/connect+json', connectJsonStream],
]);
