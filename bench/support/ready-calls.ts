import { type ClientHttp2Session, connect } from 'node:http2';
import type { DescMessage } from '@bufbuild/protobuf';
import { create, type DescMethodUnary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';

/**
 * ReadyCalls sends unary gRPC calls again and again over one HTTP/2 connection, ready-made: whoever sends shares the
 * processors with what is measured.
 */
export class ReadyCalls<Input extends DescMessage> {
  readonly #http2: ClientHttp2Session;
  readonly #method: DescMethodUnary<Input>;

  constructor(baseUrl: string, method: DescMethodUnary<Input>) {
    this.#http2 = connect(baseUrl);
    this.#method = method;
  }

  /** Lets each request have a caller until `durationMs` are over; answers how many calls were made. Throws where one failed. */
  async run(requests: readonly MessageInitShape<Input>[], durationMs: number): Promise<number> {
    const endAt = performance.now() + durationMs;
    const callUntil = async (request: MessageInitShape<Input>) => {
      const bytes = this.#bytesOf(request);
      let calls = 0;
      for (; performance.now() < endAt; calls++) await this.#send(bytes);
      return calls;
    };
    const counts = await Promise.all(requests.map(callUntil));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** Calls once. */
  call(request: MessageInitShape<Input>): Promise<void> {
    return this.#send(this.#bytesOf(request));
  }

  close(): void {
    this.#http2.close();
  }

  #bytesOf(request: MessageInitShape<Input>): Buffer {
    const message = toBinary(this.#method.input, create(this.#method.input, request));
    const bytes = Buffer.alloc(5 + message.byteLength);
    bytes.writeUInt32BE(message.byteLength, 1);
    bytes.set(message, 5);
    return bytes;
  }

  #send(request: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      const path = `/${this.#method.parent.typeName}/${this.#method.name}`;
      const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc+proto', te: 'trailers' };
      const stream = this.#http2.request(headers);
      const settle = (trailers: Record<string, unknown>) => {
        if (trailers['grpc-status'] === '0') resolve();
        else if (trailers['grpc-status'] !== undefined) reject(new Error(`a call failed: ${trailers['grpc-message']}`));
      };
      stream.on('response', settle);
      stream.on('trailers', settle);
      stream.on('error', reject);
      stream.on('close', () => reject(new Error('a call ended without an answer')));
      stream.resume();
      stream.end(request);
    });
  }
}
