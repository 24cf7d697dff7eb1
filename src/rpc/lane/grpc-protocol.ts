import { compressedFlag } from '@connectrpc/connect/protocol';
import { envelope } from '../envelope.ts';
import { checkArriving, readSingle } from '../enveloped-request.ts';
import { grpcTrailers } from '../grpc-trailers.ts';
import { COMPRESS_BYTES_MIN } from '../wire-rules.ts';
import type { Answer, AnswerTerms, HeaderFields, LaneProtocol } from './lane-protocol.ts';

/** gRPC with messages in protobuf's binary form. */
export const grpcProtocol: LaneProtocol = {
  name: 'grpc',
  isBinary: true,
  timeoutHeader: 'grpc-timeout',
  encodingHeader: 'grpc-encoding',
  acceptHeader: 'grpc-accept-encoding',
  checkArriving: (body, bytesMax) => checkArriving(body, { kind: 'unary', bytesMax }),
  readMessage: (body, bytesMax, parse) => readSingle(body, { kind: 'unary', bytesMax, hasEnds: false }, parse),
  succeed(message, terms) {
    const { compression } = terms;
    if (compression === null || message.byteLength < COMPRESS_BYTES_MIN) return answer(terms, envelope(0, message));
    return compression.compress(message).then((packed) => answer(terms, envelope(compressedFlag, packed)));
  },
  fail(error, terms) {
    const headers = headersOf(terms);
    const trailers = grpcTrailers(error, terms.added.trailers);
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
  return { status: 200, headers: headersOf(terms), body, trailers: grpcTrailers(null, terms.added.trailers) };
}
