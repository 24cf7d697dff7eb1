import { Code, ConnectError } from '@connectrpc/connect';
import { compressedFlag } from '@connectrpc/connect/protocol';
import { endStreamFlag } from '@connectrpc/connect/protocol-connect';
import { ENVELOPE_HEAD_BYTES as HEAD_BYTES } from './envelope.ts';

/** EnvelopedRequest says what a request of one message in an envelope may be. Its errors are the transport library's, word for word. */
export interface EnvelopedRequest {
  /** As the library names it in its errors. */
  kind: 'unary' | 'server-streaming';
  bytesMax: number;
}

/** What has come of a request. */
interface Arriving {
  size: number;
  head(count: number): Uint8Array;
}

/** Throws where what has come of a request is too much already. */
export function checkArriving(body: Arriving, { kind, bytesMax }: EnvelopedRequest): void {
  if (body.size >= HEAD_BYTES) lengthAt(body.head(HEAD_BYTES), 0, bytesMax);
  if (body.size > 2 * (bytesMax + HEAD_BYTES)) throw extra(kind);
}

/** Reads the one message of a whole request; envelopes that end a Connect stream are passed over. */
export function readSingle<Message>(
  body: Uint8Array,
  { kind, bytesMax, hasEnds }: EnvelopedRequest & { hasEnds: boolean },
  parse: (message: Uint8Array) => Message,
): Message {
  let found: { message: Message } | null = null;
  let offset = 0;
  for (;;) {
    const end = endOfMessage(body, offset, bytesMax);
    if (end === null) break;
    const bytes = messageAt(body, offset, end);
    if (!(hasEnds && (body[offset]! & endStreamFlag) !== 0)) {
      const message = parse(bytes);
      if (found !== null) throw extra(kind);
      found = { message };
    }
    offset = end;
  }
  if (!isNothingMore(body, offset)) throw fault('incomplete envelope', Code.InvalidArgument);
  if (found === null) throw fault(`missing input message for ${kind} method`, Code.Unimplemented);
  return found.message;
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

function extra(kind: string): ConnectError {
  return fault(`received extra input message for ${kind} method`, Code.Unimplemented);
}

function fault(what: string, code: Code): ConnectError {
  return new ConnectError(`protocol error: ${what}`, code);
}
