import { type IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import { compressionNegotiate } from '@connectrpc/connect/protocol';
import type { Calls } from '../calls.ts';
import type { ServedService } from '../handlers.ts';
import type { HttpRequest, HttpResponse } from '../http-listener.ts';
import { StreamLane } from '../stream-lane/stream-lane.ts';
import { COMPRESSIONS } from '../wire-rules.ts';
import { type Carrier, Http1Carrier, Http2Carrier, headerOf } from './carrier.ts';
import { connectJsonProtocol, connectProtocol } from './connect-protocol.ts';
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
  readonly #methods: ReadonlyMap<string, LaneMethod>;
  readonly #streams: StreamLane;
  #knownHost = '';

  constructor(options: LaneOptions) {
    const { services, calls, requestBytesMax } = options;
    this.#calls = calls;
    this.#methods = laneMethodsOf('unary', services, requestBytesMax);
    this.#streams = new StreamLane(options);
  }

  /** Takes a request over HTTP/2, or leaves it untouched; `edgeHeaders` go with the answer. */
  takeStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, edgeHeaders: HeaderFields = {}): boolean {
    if (!this.#isKnownHost(headerOf(headers, ':authority') ?? headers.host)) return false;
    const route = this.#routeOf(headers, headerOf(headers, ':method'), headerOf(headers, ':path'));
    if (route === null) return this.#streams.take(stream, headers, edgeHeaders);
    this.#serve(route, new Http2Carrier(stream, headers, edgeHeaders));
    return true;
  }

  /** Takes a request over HTTP/1.1, or leaves it untouched. */
  takeRequest(request: HttpRequest, response: HttpResponse): boolean {
    if (!(request instanceof IncomingMessage && response instanceof ServerResponse)) return false;
    const { headers, method = null, url = null } = request;
    const route = this.#routeOf(headers, method, url);
    if (route === null || route.protocol.name === 'grpc' || !this.#isKnownHost(headers.host)) return false;
    this.#serve(route, new Http1Carrier(request, response));
    return true;
  }

  #routeOf(headers: IncomingHttpHeaders, verb: string | null, path: string | null): Route | null {
    const method = this.#methods.get(path ?? '');
    const protocol = PROTOCOLS.get(headers['content-type'] ?? '');
    if (verb !== 'POST' || method === undefined || protocol === undefined) return null;
    const encoding = headers[protocol.encodingHeader];
    if (headers.expect !== undefined || (encoding !== undefined && encoding !== 'identity')) return null;
    return { method, protocol };
  }

  #serve({ method, protocol }: Route, carrier: Carrier): void {
    const accepted = headerOf(carrier.headers, protocol.acceptHeader);
    const compression =
      accepted === null ? null : compressionNegotiate(COMPRESSIONS, null, accepted, protocol.acceptHeader).response;
    new LaneCall({ calls: this.#calls, method, protocol, carrier, compression }).start();
  }

  /** An address must be made of it, as the library makes one. */
  #isKnownHost(host: string | undefined): boolean {
    if (host === this.#knownHost) return true;
    if (host === undefined || !URL.canParse(`http://${host}`)) return false;
    this.#knownHost = host;
    return true;
  }
}

interface Route {
  method: LaneMethod;
  protocol: LaneProtocol;
}

const PROTOCOLS: ReadonlyMap<string, LaneProtocol> = new Map([
  ['application/grpc', grpcProtocol],
  ['application/grpc+proto', grpcProtocol],
  ['application/proto', connectProtocol],
  ['application/json', connectJsonProtocol],
]);
