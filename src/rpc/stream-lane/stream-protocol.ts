import type { ConnectError } from '@connectrpc/connect';
import type { AskedTimeout } from '../granted-timeout.ts';
import type { AnswerTerms, HeaderFields } from '../lane/lane-protocol.ts';

/** StreamProtocol is a way to write answers of many messages. Its errors are those of the transport library, word for word. */
export interface StreamProtocol {
  name: 'connect' | 'grpc';
  isBinary: boolean;
  contentType: string;
  timeoutHeader: AskedTimeout['name'];
  /** The header that names the compression of a request, and of an answer. */
  encodingHeader: string;
  /** The header that lists the compressions which the caller reads. */
  acceptHeader: string;
  /** Whether requests may have envelopes that only end them. */
  hasEnds: boolean;
  /** Writes what ends an answer; null = it went well. */
  end(error: ConnectError | null, added: AnswerTerms['added']): StreamEnding;
}

/** StreamEnding is what ends an answer: a frame or trailers. */
export interface StreamEnding {
  frame: Uint8Array | null;
  trailers: HeaderFields | null;
}
