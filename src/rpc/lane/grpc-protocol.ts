import { Code, ConnectError } from '@connectrpc/connect';
import { compressedFlag } from '@connectrpc/connect/protocol';
import { setTrailerStatus } from '@connectrpc/connect/protocol-grpc';
import { readableMessage } from '../readable-status.ts';
import { COMPRESS_BYTES_MIN } from '../wire-rules.ts';
import type { Answer, AnswerTerms, HeaderFields, LaneProtocol } from './lane-protocol.ts';

/** A byte of flags and four of the length stand before every message. */
const HEAD_BYTES = 5;
const MISSING = 'missing input message for unary method';
const EXTRA = 'received extra input message for unary method';
const INCOMPLETE = 'incomplete envelope';

/** gRPC with messages in protobuf's binary form. */
export const grpcProtocol: LaneProtocol = {
  name: 'grpc',
  isBinary: true,
  timeoutHeader: 'grpc-timeout',
  encodingHeader: 'grpc-encoding',
  acceptHeader: 'grpc-accept-encoding',
  checkArriving(body, bytesMax) {
    if (body.size >= HEAD_BYTES) lengthAt(body.head(HEAD_BYTES), 0, bytesMax);
    if (body.size > 2 * (bytesMax + HEAD_BYTES)) throw fault(EXTRA, Code.Unimplemented);
  },
  readMessage(body, bytesMax, parse) {
    const end = endOfMessage(body, 0, bytesMax);
    if (end === null)
      throw isNothingMore(body, 0) ? fault(MISSING, Code.Unimplemented) : fault(INCOMPLETE, Code.InvalidArgument);
    const message = parse(messageAt(body, 0, end));
    const extraEnd = endOfMessage(body, end, bytesMax);
    if (extraEnd !== null) {
      parse(messageAt(body, end, extraEnd));
      throw fault(EXTRA, Code.Unimplemented);
    }
    if (isNothingMore(body, end)) return message;
    throw fault(INCOMPLETE, Code.InvalidArgument);
  },
  succeed(message, terms) {
    const { compression } = terms;
    if (compression === null || message.byteLength < COMPRESS_BYTES_MIN) return answer(terms, envelope(0, message));
    return compression.compress(message).then((packed) => answer(terms, envelope(compressedFlag, packed)));
  },
  fail(error, terms) {
    const trailer = setTrailerStatus(new Headers(terms.added.trailers ?? {}), error);
    trailer.set('grpc-message', readableMessage(trailer.get('grpc-message') ?? ''));
    const headers = headersOf(terms);
    const trailers = Object.fromEntries(trailer);
    if (terms.added.headers !== null) return { status: 200, headers, body: new Uint8Array(), trailers };
    // Headers of their own would keep clients from trying the call again: to gRPC it would have begun to be answered.
    return { status: 200, headers: { ...headers, ...trailers }, body: null, trailers: null };
  },
};

function headersOf({ requestId, added, compression }: AnswerTerms): HeaderFields {
  const sent = { 'content-type': 'application/grpc+proto', 'x-request-id': requestId, ...added.headers };
  return compression === null ? sent : { ...sent, 'grpc-encoding': compression.name };
}

function answer(terms: AnswerTerms, body: Uint8Array): Answer {
  return { status: 200, headers: headersOf(terms), body, trailers: { ...terms.added.trailers, 'grpc-status': '0' } };
}

function envelope(flags: number, message: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + message.byteLength);
  bytes.writeUInt8(flags, 0);
  bytes.writeUInt32BE(message.byteLength, 1);
  bytes.set(message, HEAD_BYTES);
  return bytes;
}

/** The length of the message that begins at an offset, whose head is there. */
function lengthAt(body: Uint8Array, offset: number, bytesMax: number): number {
  const [high, second, third, low] = body.subarray(offset + 1, offset + HEAD_BYTES) as unknown as number[];
  const length = high! * 2 ** 24 + (second! << 16) + (third! << 8) + low!;
  if (length <= bytesMax) return length;
  const sentence = `message size ${length} is larger than configured readMaxBytes ${bytesMax}`;
  throw new ConnectError(sentence, Code.ResourceExhausted);
}

/** Where the message that begins at an offset ends; null where it is not there in full. */
function endOfMessage(body: Uint8Array, offset: number, bytesMax: number): number | null {
  if (body.byteLength < offset + HEAD_BYTES) return null;
  const end = offset + HEAD_BYTES + lengthAt(body, offset, bytesMax);
  return body.byteLength < end ? null : end;
}

/** A copy: what is decoded from it must not keep, or share, the memory that the connection reads into. */
function messageAt(body: Uint8Array, offset: number, end: number): Uint8Array {
  if ((body[offset]! & compressedFlag) === 0) return new Uint8Array(body.subarray(offset + HEAD_BYTES, end));
  throw new ConnectError('received compressed envelope, but do not know how to decompress', Code.Internal);
}

/** The library takes a head that nothing follows for the end of the request. */
function isNothingMore(body: Uint8Array, offset: number): boolean {
  return body.byteLength === offset || body.byteLength === offset + HEAD_BYTES;
}

function fault(what: string, code: Code): ConnectError {
  return new ConnectError(`protocol error: ${what}`, code);
}
