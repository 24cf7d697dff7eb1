import { grpcTrailers } from '../grpc-trailers.ts';
import type { StreamProtocol } from './stream-protocol.ts';

/** gRPC with messages in protobuf's binary form. */
export const grpcStream: StreamProtocol = {
  name: 'grpc',
  isBinary: true,
  timeoutHeader: 'grpc-timeout',
  encodingHeader: 'grpc-encoding',
  acceptHeader: 'grpc-accept-encoding',
  hasEnds: false,
  contentType: 'application/grpc+proto',
  end: (error, { trailers }) => ({ frame: null, trailers: grpcTrailers(error, trailers) }),
};
