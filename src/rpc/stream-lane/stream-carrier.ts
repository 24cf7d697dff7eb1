import type { IncomingHttpHeaders } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import { Http2Carrier } from '../lane/carrier.ts';
import type { HeaderFields } from '../lane/lane-protocol.ts';
import type { StreamEnding } from './stream-protocol.ts';

/** StreamCarrier carries a request over HTTP/2, and an answer that comes piece by piece or, as others do, as a whole. */
export class StreamCarrier extends Http2Carrier {
  readonly #stream: ServerHttp2Stream;
  #trailers: HeaderFields = {};

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, edgeHeaders: HeaderFields) {
    super(stream, headers, edgeHeaders);
    this.#stream = stream;
  }

  /** Sends the headers of an answer. */
  begin(headers: HeaderFields): void {
    const stream = this.#stream;
    if (stream.closed) return;
    stream.respond({ ':status': 200, ...headers, ...this.edgeHeaders }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers(this.#trailers));
  }

  /** Sends a piece; null = the caller takes more, else that resolves once it does, or has left. */
  push(piece: Uint8Array): Promise<void> | null {
    const stream = this.#stream;
    return stream.closed || stream.write(piece) ? null : this.#drained();
  }

  async #drained(): Promise<void> {
    const stream = this.#stream;
    const { promise, resolve } = Promise.withResolvers<void>();
    stream.once('drain', resolve).once('close', resolve);
    await promise;
    stream.off('drain', resolve).off('close', resolve);
  }

  /** Ends an answer that has begun. */
  finish({ frame, trailers }: StreamEnding): void {
    if (this.#stream.closed) return;
    this.#trailers = trailers ?? {};
    this.#stream.end(frame ?? undefined);
  }
}
