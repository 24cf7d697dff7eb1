import {
  contentTypeStreamJson,
  contentTypeStreamProto,
  createEndStreamSerialization,
  endStreamFlag,
} from '@connectrpc/connect/protocol-connect';
import { envelope } from '../envelope.ts';
import { checkArriving, readSingle } from '../enveloped-request.ts';
import type { StreamProtocol } from './stream-protocol.ts';

const kind = 'server-streaming';
const ends = createEndStreamSerialization(undefined);

/** Connect's streams with messages in protobuf's binary form. */
export const connectStream: StreamProtocol = createConnectStream(true);

/** Connect's streams with messages as JSON. */
export const connectJsonStream: StreamProtocol = createConnectStream(false);

function createConnectStream(isBinary: boolean): StreamProtocol {
  return {
    name: 'connect',
    isBinary,
    contentType: isBinary ? contentTypeStreamProto : contentTypeStreamJson,
    timeoutHeader: 'connect-timeout-ms',
    encodingHeader: 'connect-content-encoding',
    acceptHeader: 'connect-accept-encoding',
    checkArriving: (body, bytesMax) => checkArriving(body, { kind, bytesMax }),
    readMessage: (body, bytesMax, parse) => readSingle(body, { kind, bytesMax, hasEnds: true }, parse),
    end(error, { trailers }) {
      const metadata = new Headers(trailers ?? {});
      const message = ends.serialize(error === null ? { metadata } : { metadata, error });
      return { frame: envelope(endStreamFlag, message), trailers: null };
    },
  };
}
