import { Code, ConnectError } from '@connectrpc/connect';
import { type Compression, compressedFlag } from '@connectrpc/connect/protocol';
import type { Call } from '../call.ts';
import type { Calls } from '../calls.ts';
import { ENVELOPE_HEAD_BYTES, envelope } from '../envelope.ts';
import { type CarrierEvents, headerOf } from '../lane/carrier.ts';
import type { Answer, HeaderFields } from '../lane/lane-protocol.ts';
import { RequestBody } from '../lane/request-body.ts';
import { LateHeaders } from '../late-headers.ts';
import { COMPRESS_BYTES_MIN } from '../wire-rules.ts';
import type { StreamCarrier } from './stream-carrier.ts';
import type { StreamMethod } from './stream-method.ts';
import type { StreamEnding, StreamProtocol } from './stream-protocol.ts';

/** StreamCallParts are a request, with what tells how to answer it. */
export interface StreamCallParts {
  calls: Calls;
  method: StreamMethod;
  protocol: StreamProtocol;
  carrier: StreamCarrier;
  compression: Compression | null;
}

/** StreamCall takes one call through the steps of Calls, and answers its messages as they come. */
export class StreamCall implements CarrierEvents {
  readonly #parts: StreamCallParts;
  readonly #controller = new AbortController();
  readonly #call: Call;
  readonly #headers: LateHeaders;
  #body = new RequestBody();
  #hasBegun = false;
  #isOver = false;

  constructor(parts: StreamCallParts) {
    const { calls, method, protocol, carrier } = parts;
    this.#parts = parts;
    const header = (name: string) => headerOf(carrier.headers, name);
    this.#headers = new LateHeaders(carrier.headers);
    const { name, isBinary } = protocol;
    const arrived = { method: method.desc, protocol: name, isBinary, header, headers: this.#headers };
    this.#call = calls.open({ ...arrived, signal: this.#controller.signal }, method.scope);
  }

  /** Refuses the call before its request is read, or has it read. */
  start(): void {
    const { calls, protocol, carrier } = this.#parts;
    carrier.open(this);
    const text = headerOf(carrier.headers, protocol.timeoutHeader);
    try {
      calls.admit(this.#call, text === null ? null : { name: protocol.timeoutHeader, text });
    } catch (error) {
      void this.#end(error);
    }
    if (!this.#isOver) carrier.read(this);
  }

  piece(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.#body.add(bytes);
    try {
      this.#parts.protocol.checkArriving(this.#body, this.#parts.method.requestBytesMax);
    } catch (error) {
      void this.#end(error);
    }
  }

  whole(): void {
    if (!this.#isOver) void this.#answer();
  }

  gone(): void {
    if (this.#isOver) return;
    const reason = new ConnectError('the caller left', Code.Canceled);
    this.#settle(this.#parts.calls.refuse(this.#call, reason));
    this.#controller.abort(reason);
  }

  async #answer(): Promise<void> {
    const { calls, method } = this.#parts;
    try {
      const request = this.#takeRequest();
      const steps = calls.follow(this.#call, (caller, call) => method.handle(request, caller, call));
      for await (const step of steps) {
        const frame = this.#packed(this.#frameOf(step));
        const taken = this.#send(frame instanceof Promise ? await frame : frame);
        if (taken !== null) await taken;
        if (this.#isOver) return;
      }
      await this.#end(null);
    } catch (error) {
      await this.#end(error);
    }
  }

  /** What a stream was asked for with is not kept for as long as it is open. */
  #takeRequest(): unknown {
    const { method, protocol } = this.#parts;
    const body = this.#body.join();
    this.#body = new RequestBody();
    const parse = (message: Uint8Array) => method.parse(message, protocol.isBinary);
    return protocol.readMessage(body, method.requestBytesMax, parse);
  }

  /** Headers wait for the first message, so that a handler can add to them. What is returned, if anything, is waited for. */
  #send(frame: Uint8Array): Promise<void> | null {
    const { carrier } = this.#parts;
    if (!this.#hasBegun) carrier.begin(this.#headersOf());
    this.#hasBegun = true;
    return carrier.push(frame);
  }

  #frameOf(step: object): Uint8Array {
    const { method, protocol } = this.#parts;
    try {
      return method.frame(step, protocol.isBinary);
    } catch (error) {
      // As of an answer: the handler has done its part, and the error is told as it is.
      this.#call.isAnswered = true;
      throw error;
    }
  }

  /** Settling gives an error its details. */
  async #end(error: unknown): Promise<void> {
    if (this.#isOver) return;
    this.#settle(error);
    const { protocol, carrier } = this.#parts;
    const isTold = error === null || error instanceof ConnectError;
    const told = isTold ? error : new ConnectError('internal error', Code.Internal);
    const { frame, trailers } = protocol.end(told, this.#headers.added);
    const ending = { frame: frame === null ? null : await this.#packed(frame), trailers };
    if (this.#hasBegun) carrier.finish(ending);
    else carrier.send(this.#wholeAnswer(ending, told));
  }

  /** To gRPC, headers of their own would begin an answer, after which clients do not try the call again. */
  #wholeAnswer({ frame, trailers }: StreamEnding, error: ConnectError | null): Answer {
    const headers = this.#headersOf();
    const isBare = error !== null && frame === null && this.#headers.added.headers === null;
    if (isBare) return { status: 200, headers: { ...headers, ...trailers }, body: null, trailers: null };
    return { status: 200, headers, body: frame ?? new Uint8Array(), trailers };
  }

  #settle(error: unknown): void {
    this.#isOver = true;
    this.#parts.calls.settle(this.#call, error);
  }

  #headersOf(): HeaderFields {
    const { protocol, compression } = this.#parts;
    return {
      'content-type': protocol.contentType,
      'x-request-id': this.#call.requestId,
      ...this.#headers.added.headers,
      ...(compression === null ? {} : { [protocol.encodingHeader]: compression.name }),
    };
  }

  #packed(frame: Uint8Array): Uint8Array | Promise<Uint8Array> {
    const { compression } = this.#parts;
    const isSmall = frame.byteLength < ENVELOPE_HEAD_BYTES + COMPRESS_BYTES_MIN;
    return compression === null || isSmall ? frame : packedFrame(frame, compression);
  }
}

async function packedFrame(frame: Uint8Array, compression: Compression): Promise<Uint8Array> {
  const message = await compression.compress(frame.subarray(ENVELOPE_HEAD_BYTES));
  return envelope(frame[0]! | compressedFlag, message);
}
