import { checkArriving, readSingle } from '../enveloped-request.ts';
import { grpcTrailers } from '../grpc-trailers.ts';
import type { StreamProtocol } from './stream-protocol.ts';

const kind = 'server-streaming';

/** gRPC with messages in protobuf's binary form. */
export const grpcStream: StreamProtocol = {
  name: 'grpc',
  isBinary: true,
  contentType: 'application/grpc+proto',
  timeoutHeader: 'grpc-timeout',
  encodingHeader: 'grpc-encoding',
  acceptHeader: 'grpc-accept-encoding',
  checkArriving: (body, bytesMax) => checkArriving(body, { kind, bytesMax }),
  readMessage: (body, bytesMax, parse) => readSingle(body, { kind, bytesMax, hasEnds: false }, parse),
  end: (error, { trailers }) => ({ frame: null, trailers: grpcTrailers(error, trailers) }),
};
