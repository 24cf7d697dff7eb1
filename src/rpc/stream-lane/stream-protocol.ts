import type { ConnectError } from '@connectrpc/connect';
import type { AnswerTerms, HeaderFields, RequestProtocol } from '../lane/lane-protocol.ts';

/** StreamProtocol is a way to write answers of many messages, compressed under the name that stands in `encodingHeader`. */
export interface StreamProtocol extends RequestProtocol {
  contentType: string;
  /** Writes what ends an answer; null = it went well. */
  end(error: ConnectError | null, added: AnswerTerms['added']): StreamEnding;
}

/** StreamEnding is what ends an answer: a frame or trailers. */
export interface StreamEnding {
  frame: Uint8Array | null;
  trailers: HeaderFields | null;
}
