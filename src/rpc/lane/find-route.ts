import type { IncomingHttpHeaders } from 'node:http';
import { type Compression, compressionNegotiate } from '@connectrpc/connect/protocol';
import { COMPRESSIONS } from '../wire-rules.ts';
import { headerOf } from './carrier.ts';
import type { RequestProtocol } from './lane-protocol.ts';

/** Routes are the RPCs that are served by their paths, and the ways to call them by their content types. */
export interface Routes<Method, Protocol extends RequestProtocol> {
  methods: ReadonlyMap<string, Method>;
  protocols: ReadonlyMap<string, Protocol>;
}

/** Route is what a request asks for; without a compression it is answered as it is. */
export interface Route<Method, Protocol extends RequestProtocol> {
  method: Method;
  protocol: Protocol;
  compression: Compression | null;
}

/** RequestLine is what a request begins with. */
export interface RequestLine {
  verb: string | null;
  path: string | null;
  headers: IncomingHttpHeaders;
}

/** Finds what a request asks for; null where it is for the transport library. */
export function findRoute<Method, Protocol extends RequestProtocol>(
  { methods, protocols }: Routes<Method, Protocol>,
  { verb, path, headers }: RequestLine,
): Route<Method, Protocol> | null {
  const method = methods.get(path ?? '');
  const protocol = protocols.get(headers['content-type'] ?? '');
  if (verb !== 'POST' || method === undefined || protocol === undefined) return null;
  const encoding = headers[protocol.encodingHeader];
  if (headers.expect !== undefined || (encoding !== undefined && encoding !== 'identity')) return null;
  const accepted = headerOf(headers, protocol.acceptHeader);
  const compression =
    accepted === null ? null : compressionNegotiate(COMPRESSIONS, null, accepted, protocol.acceptHeader).response;
  return { method, protocol, compression };
}
