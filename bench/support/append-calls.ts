import { type ClientHttp2Session, connect } from 'node:http2';
import { create, toBinary } from '@bufbuild/protobuf';
import { Role } from '../../gen/threadkeep/v1/message_pb.ts';
import { SessionService } from '../../gen/threadkeep/v1/session_service_pb.ts';

const text = 'The flight to Lisbon leaves at 9:40; shall I book the seat by the window? '.repeat(5);
const { input, parent, name } = SessionService.method.addMessage;

/**
 * AppendCalls sends AddMessage again and again over one HTTP/2 connection, ready-made: whoever sends shares the processors
 * with what is measured.
 */
export class AppendCalls {
  readonly #http2: ClientHttp2Session;

  constructor(baseUrl: string) {
    this.#http2 = connect(baseUrl);
  }

  /** Lets each session have a caller until `durationMs` are over; answers how many appends were made. Throws where one failed. */
  async run(sessionIds: readonly string[], durationMs: number): Promise<number> {
    const endAt = performance.now() + durationMs;
    const appendUntil = async (sessionId: string) => {
      const request = requestOf(sessionId);
      let appends = 0;
      for (; performance.now() < endAt; appends++) await this.#call(request);
      return appends;
    };
    const counts = await Promise.all(sessionIds.map(appendUntil));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** Appends once. */
  append(sessionId: string): Promise<void> {
    return this.#call(requestOf(sessionId));
  }

  close(): void {
    this.#http2.close();
  }

  #call(request: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      const path = `/${parent.typeName}/${name}`;
      const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc+proto', te: 'trailers' };
      const stream = this.#http2.request(headers);
      const settle = (trailers: Record<string, unknown>) => {
        if (trailers['grpc-status'] === '0') resolve();
        else if (trailers['grpc-status'] !== undefined)
          reject(new Error(`an append failed: ${trailers['grpc-message']}`));
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

function requestOf(sessionId: string): Buffer {
  const parts = [{ content: { case: 'text' as const, value: text } }];
  const message = toBinary(input, create(input, { sessionId, message: { role: Role.USER, parts } }));
  const request = Buffer.alloc(5 + message.byteLength);
  request.writeUInt32BE(message.byteLength, 1);
  request.set(message, 5);
  return request;
}
