import { Code, ConnectError } from '@connectrpc/connect';
import {
  codeToHttpStatus,
  contentTypeUnaryJson,
  contentTypeUnaryProto,
  errorToJsonBytes,
} from '@connectrpc/connect/protocol-connect';
import { COMPRESS_BYTES_MIN } from '../wire-rules.ts';
import type { Answer, AnswerTerms, HeaderFields, LaneProtocol } from './lane-protocol.ts';

/** Connect with messages in protobuf's binary form. */
export const connectProtocol: LaneProtocol = createConnectProtocol(true);

/** Connect with messages as JSON. */
export const connectJsonProtocol: LaneProtocol = createConnectProtocol(false);

function createConnectProtocol(isBinary: boolean): LaneProtocol {
  const contentType = isBinary ? contentTypeUnaryProto : contentTypeUnaryJson;
  return {
    name: 'connect',
    isBinary,
    timeoutHeader: 'connect-timeout-ms',
    encodingHeader: 'content-encoding',
    acceptHeader: 'accept-encoding',
    checkArriving({ size }, bytesMax) {
      if (size <= bytesMax) return;
      const sentence = `message size is larger than configured readMaxBytes ${bytesMax}`;
      throw new ConnectError(sentence, Code.ResourceExhausted);
    },
    // A copy, as for gRPC.
    readMessage: (body, _, parse) => parse(isBinary ? new Uint8Array(body) : body),
    succeed: (message, terms) => answer(200, contentType, message, terms),
    fail: (error, terms) =>
      answer(codeToHttpStatus(error.code), contentTypeUnaryJson, errorToJsonBytes(error, undefined), terms),
  };
}

function answer(
  status: number,
  contentType: string,
  body: Uint8Array,
  { requestId, added, compression }: AnswerTerms,
): Answer | Promise<Answer> {
  const muxed = Object.entries(added.trailers ?? {}).map(([name, value]) => [`trailer-${name}`, value]);
  const sized = (bytes: Uint8Array, encoding: HeaderFields): Answer => ({
    status,
    headers: {
      'content-type': contentType,
      'x-request-id': requestId,
      ...added.headers,
      ...Object.fromEntries(muxed),
      ...encoding,
      'content-length': String(bytes.byteLength),
    },
    body: bytes,
    trailers: null,
  });
  if (compression === null || body.byteLength < COMPRESS_BYTES_MIN) return sized(body, {});
  return compression.compress(body).then((packed) => sized(packed, { 'content-encoding': compression.name }));
}
