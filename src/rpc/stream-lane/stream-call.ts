import type { ConnectError } from '@connectrpc/connect';
import { type Compression, compressedFlag } from '@connectrpc/connect/protocol';
import { toldError } from '../connect-error.ts';
import { ENVELOPE_HEAD_BYTES, envelope } from '../envelope.ts';
import { ArrivingCall, type ArrivingParts } from '../lane/arriving-call.ts';
import type { Answer, HeaderFields } from '../lane/lane-protocol.ts';
import { COMPRESS_BYTES_MIN } from '../wire-rules.ts';
import type { StreamCarrier } from './stream-carrier.ts';
import type { StreamMethod } from './stream-method.ts';
import type { StreamEnding, StreamProtocol } from './stream-protocol.ts';

/** StreamCallParts are a request, with what tells how to answer it. */
export interface StreamCallParts extends ArrivingParts {
  method: StreamMethod;
  protocol: StreamProtocol;
  carrier: StreamCarrier;
}

/** StreamCall takes one call through the steps of Calls, and answers its messages as they come. */
export class StreamCall extends ArrivingCall<StreamCallParts> {
  #hasBegun = false;

  protected answer(request: unknown): void {
    void this.#follow(request);
  }

  protected fail(error: unknown): void {
    void this.#end(error);
  }

  async #follow(request: unknown): Promise<void> {
    const { calls, method } = this.parts;
    try {
      const steps = calls.follow(this.call, (caller, call) => method.handle(request, caller, call));
      for await (const step of steps) {
        const frame = this.#packed(this.#frameOf(step));
        const taken = this.#send(frame instanceof Promise ? await frame : frame);
        if (taken !== null) await taken;
        if (this.isOver) return;
      }
      await this.#end(null);
    } catch (error) {
      await this.#end(error);
    }
  }

  /** Headers wait for the first message, so that a handler can add to them. What is returned, if anything, is waited for. */
  #send(frame: Uint8Array): Promise<void> | null {
    const { carrier } = this.parts;
    if (!this.#hasBegun) carrier.begin(this.#headersOf());
    this.#hasBegun = true;
    return carrier.push(frame);
  }

  #frameOf(step: object): Uint8Array {
    const { method, protocol } = this.parts;
    try {
      return method.frame(step, protocol.isBinary);
    } catch (error) {
      // As of an answer: the handler has done its part, and the error is told as it is.
      this.call.isAnswered = true;
      throw error;
    }
  }

  async #end(error: unknown): Promise<void> {
    if (this.isOver) return;
    this.settle(error);
    const { protocol, carrier } = this.parts;
    const told = error === null ? null : toldError(error);
    const { frame, trailers } = protocol.end(told, this.headers.added);
    const ending = { frame: frame === null ? null : await this.#packed(frame), trailers };
    if (this.#hasBegun) carrier.finish(ending);
    else carrier.send(this.#wholeAnswer(ending, told));
  }

  /** To gRPC, headers of their own would begin an answer, after which clients do not try the call again. */
  #wholeAnswer({ frame, trailers }: StreamEnding, error: ConnectError | null): Answer {
    const headers = this.#headersOf();
    const isBare = error !== null && frame === null && this.headers.added.headers === null;
    if (isBare) return { status: 200, headers: { ...headers, ...trailers }, body: null, trailers: null };
    return { status: 200, headers, body: frame ?? new Uint8Array(), trailers };
  }

  #headersOf(): HeaderFields {
    const { protocol, compression } = this.parts;
    return {
      'content-type': protocol.contentType,
      'x-request-id': this.call.requestId,
      ...this.headers.added.headers,
      ...(compression === null ? {} : { [protocol.encodingHeader]: compression.name }),
    };
  }

  #packed(frame: Uint8Array): Uint8Array | Promise<Uint8Array> {
    const { compression } = this.parts;
    const isSmall = frame.byteLength < ENVELOPE_HEAD_BYTES + COMPRESS_BYTES_MIN;
    return compression === null || isSmall ? frame : packedFrame(frame, compression);
  }
}

async function packedFrame(frame: Uint8Array, compression: Compression): Promise<Uint8Array> {
  const message = await compression.compress(frame.subarray(ENVELOPE_HEAD_BYTES));
  return envelope(frame[0]! | compressedFlag, message);
}
