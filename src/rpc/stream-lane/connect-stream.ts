import {
  contentTypeStreamJson,
  contentTypeStreamProto,
  createEndStreamSerialization,
  endStreamFlag,
} from '@connectrpc/connect/protocol-connect';
import { envelope } from '../envelope.ts';
import type { StreamProtocol } from './stream-protocol.ts';

/** Connect's streams with messages in protobuf's binary form. */
export const connectStream: StreamProtocol = createConnectStream(true);

/** Connect's streams with messages as JSON. */
export const connectJsonStream: StreamProtocol = createConnectStream(false);

function createConnectStream(isBinary: boolean): StreamProtocol {
  const ends = createEndStreamSerialization(undefined);
  return {
    name: 'connect',
    isBinary,
    timeoutHeader: 'connect-timeout-ms',
    encodingHeader: 'connect-content-encoding',
    acceptHeader: 'connect-accept-encoding',
    hasEnds: true,
    contentType: isBinary ? contentTypeStreamProto : contentTypeStreamJson,
    end(error, { trailers }) {
      const metadata = new Headers(trailers ?? {});
      const message = ends.serialize(error === null ? { metadata } : { metadata, error });
      return { frame: envelope(endStreamFlag, message), trailers: null };
    },
  };
}
