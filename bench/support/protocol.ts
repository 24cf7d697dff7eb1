import {
  create,
  type DescMessage,
  type DescMethod,
  type DescMethodUnary,
  type Message,
  type MessageInitShape,
  toBinary,
  toJsonString,
} from '@bufbuild/protobuf';
import { envelope } from './envelope.ts';
import { Http1Wire } from './http1-wire.ts';
import { Http2Wire } from './http2-wire.ts';
import type { Wire } from './wire.ts';

/** Protocol is a way to call the service: what it is named, and how requests look in it. */
export interface Protocol {
  name: string;
  http: 1 | 2;
  headers: Record<string, string>;
  encode(bytes: Encodable): Uint8Array;
}

/** Encodable is a request and the method that takes it. */
export interface Encodable {
  method: DescMethod;
  message: Message;
}

/** Makes a request of a method. */
export function encodable<Input extends DescMessage>(
  method: DescMethodUnary<Input>,
  request: MessageInitShape<Input>,
): Encodable {
  return { method, message: create(method.input, request) };
}

/** GRPC is what the bare limits speak as well. */
export const GRPC: Protocol = {
  name: 'gRPC',
  http: 2,
  headers: { 'content-type': 'application/grpc', te: 'trailers' },
  encode: (encodable) => envelope(binaryOf(encodable)),
};

const CONNECT_HEADERS = { 'content-type': 'application/proto', 'connect-protocol-version': '1' };

/** PROTOCOLS has every way to make unary calls; JSON is plain JSON, as curl sends it. */
export const PROTOCOLS: readonly Protocol[] = [
  GRPC,
  { name: 'Connect, HTTP/2', http: 2, headers: CONNECT_HEADERS, encode: binaryOf },
  { name: 'Connect, HTTP/1.1', http: 1, headers: CONNECT_HEADERS, encode: binaryOf },
  { name: 'JSON, HTTP/1.1', http: 1, headers: { 'content-type': 'application/json' }, encode: jsonOf },
];

/** Opens a wire that speaks a protocol, with these headers on top of its own. */
export async function openWire(baseUrl: string, protocol: Protocol, headers: Record<string, string>): Promise<Wire> {
  const all = { ...protocol.headers, ...headers };
  return protocol.http === 2 ? Http2Wire.connect(baseUrl, all) : new Http1Wire(baseUrl, all);
}

function binaryOf({ method, message }: Encodable): Uint8Array {
  return toBinary(method.input, message);
}

function jsonOf({ method, message }: Encodable): Uint8Array {
  return Buffer.from(toJsonString(method.input, message));
}
