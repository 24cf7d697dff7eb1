import type { ConnectError } from '@connectrpc/connect';
import type { Compression } from '@connectrpc/connect/protocol';
import type { AskedTimeout } from '../granted-timeout.ts';
import type { LateHeaders } from '../late-headers.ts';
import type { RequestBody } from '../request-body.ts';

/** RequestProtocol is a way to ask for calls. Its errors are those of the transport library, word for word. */
export interface RequestProtocol {
  name: 'connect' | 'grpc';
  isBinary: boolean;
  timeoutHeader: AskedTimeout['name'];
  /** The header that names the compression of a request. */
  encodingHeader: string;
  /** The header that lists the compressions which the caller reads. */
  acceptHeader: string;
  /** Throws where what has come of a request is too much already. */
  checkArriving(body: RequestBody, bytesMax: number): void;
  /** Reads the one message of a whole request. */
  readMessage<Message>(body: Uint8Array, bytesMax: number, parse: (message: Uint8Array) => Message): Message;
}

/** LaneProtocol is a way to write unary calls. */
export interface LaneProtocol extends RequestProtocol {
  succeed(message: Uint8Array, terms: AnswerTerms): Answer | Promise<Answer>;
  fail(error: ConnectError, terms: AnswerTerms): Answer | Promise<Answer>;
}

/** HeaderFields are header values by their lower-case names. */
export type HeaderFields = Record<string, string>;

/** Answer is what goes back for one request, whatever version of HTTP carries it. */
export interface Answer {
  status: number;
  headers: HeaderFields;
  body: Uint8Array | null;
  /** Null where the protocol has none. */
  trailers: HeaderFields | null;
}

/** AnswerTerms are what goes with an answer beside its message; without a compression it is sent as it is. */
export interface AnswerTerms {
  requestId: string;
  /** What the handler added. */
  added: LateHeaders['added'];
  compression: Compression | null;
}
