import { type IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import type { Calls } from '../calls.ts';
import type { ServedService } from '../handlers.ts';
import type { HttpRequest, HttpResponse } from '../http-listener.ts';
import { Later } from '../later.ts';
import { StreamLane } from '../stream-lane/stream-lane.ts';
import { Http1Carrier, Http2Carrier, headerOf } from './carrier.ts';
import { connectJsonProtocol, connectProtocol } from './connect-protocol.ts';
import { findRoute, type Routes } from './find-route.ts';
import { grpcProtocol } from './grpc-protocol.ts';
import { LaneCall } from './lane-call.ts';
import { type LaneMethod, laneMethodsOf } from './lane-method.ts';
import type { HeaderFields, LaneProtocol } from './lane-protocol.ts';

/** LaneOptions say what the lane serves. */
export interface LaneOptions {
  services: readonly ServedService[];
  calls: Calls;
  /** Largest request message. */
  requestBytesMax: number;
}

/**
 * Lane answers the usual calls straight from the connection, several times faster than the transport library, and byte
 * for byte as it does: the unary ones, and over HTTP/2 those that are answered by streams. What it does not take (streams
 * of requests, gRPC-Web, compressed requests, GET, whatever is odd) is the library's.
 */
export class Lane {
  readonly #calls: Calls;
  readonly #routes: Routes<LaneMethod, LaneProtocol>;
  readonly #streams: StreamLane;
  readonly #deadlines = new Later<LaneCall>(1, (call) => call.begin());
  #knownHost = '';

  constructor(options: LaneOptions) {
    const { services, calls, requestBytesMax } = options;
    this.#calls = calls;
    this.#routes = { methods: laneMethodsOf('unary', services, requestBytesMax), protocols: PROTOCOLS };
    this.#streams = new StreamLane(options);
  }

  /** Takes a request over HTTP/2, or leaves it untouched; `edgeHeaders` go with the answer. */
  takeStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, edgeHeaders: HeaderFields = {}): boolean {
    if (!this.#isKnownHost(headerOf(headers, ':authority') ?? headers.host)) return false;
    const line = { verb: headerOf(headers, ':method'), path: headerOf(headers, ':path'), headers };
    const route = findRoute(this.#routes, line);
    if (route === null) return this.#streams.take(stream, line, edgeHeaders);
    const carrier = new Http2Carrier(stream, headers, edgeHeaders);
    new LaneCall({ calls: this.#calls, deadlines: this.#deadlines, carrier, ...route }).start();
    return true;
  }

  /** Takes a request over HTTP/1.1, or leaves it untouched. */
  takeRequest(request: HttpRequest, response: HttpResponse): boolean {
    if (!(request instanceof IncomingMessage && response instanceof ServerResponse)) return false;
    const { headers, method: verb = null, url: path = null } = request;
    const route = findRoute(this.#routes, { verb, path, headers });
    if (route === null || route.protocol.name === 'grpc' || !this.#isKnownHost(headers.host)) return false;
    new LaneCall({
      calls: this.#calls,
      deadlines: this.#deadlines,
      carrier: new Http1Carrier(request, response),
      ...route,
    }).start();
    return true;
  }

  /** An address must be made of it, as the library makes one. */
  #isKnownHost(host: string | undefined): boolean {
    if (host === this.#knownHost) return true;
    if (host === undefined || !URL.canParse(`http://${host}`)) return false;
    this.#knownHost = host;
    return true;
  }
}

const PROTOCOLS: ReadonlyMap<string, LaneProtocol> = new Map([
  ['application/grpc', grpcProtocol],
  ['application/grpc+proto', grpcProtocol],
  ['application/proto', connectProtocol],
  ['application/json', connectJsonProtocol],
]);
