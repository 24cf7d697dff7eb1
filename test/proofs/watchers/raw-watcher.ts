import { request as requestHttp1 } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { create, toBinary } from '@bufbuild/protobuf';
import { WatchExpiryRequestSchema } from '../../../gen/threadkeep/v1/watch_pb.ts';
import { envelope } from '../../rpc/raw-requests.ts';

/** The ways in that a watcher is made by hand for. */
export const WATCHER_WAYS = ['gRPC', 'Connect over h2', 'Connect over HTTP/1.1'] as const;

/** RawWatcher is a WatchExpiry from now on, on a connection of its own, that can behave as badly as a client may. */
export interface RawWatcher {
  /** Bytes of the answer that were read so far. */
  readonly bytes: number;
  /** Reads nothing more, and keeps the connection. */
  stopReading(): void;
  /** Breaks the connection off without a goodbye. */
  vanish(): void;
}

/** Opens a watcher; resolves once its stream has begun. */
export async function openRawWatcher(url: string, way: (typeof WATCHER_WAYS)[number]): Promise<RawWatcher> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  const answer = way === 'Connect over HTTP/1.1' ? await askOverHttp1(socket) : askOverHttp2(url, socket, way);
  answer.on('error', () => {});
  let bytes = 0;
  await new Promise<void>((resolve, reject) => {
    answer.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      resolve();
    });
    answer.once('close', () => reject(new Error(`the stream over ${way} ended before it began`)));
  });
  return {
    get bytes() {
      return bytes;
    },
    stopReading: () => void answer.pause(),
    vanish: () => void socket.destroy(),
  };
}

const path = '/threadkeep.v1.SessionService/WatchExpiry';
const connectHeaders = { 'content-type': 'application/connect+proto', 'connect-protocol-version': '1' };
const body = envelope(toBinary(WatchExpiryRequestSchema, create(WatchExpiryRequestSchema)));

function askOverHttp2(url: string, socket: Socket, way: 'gRPC' | 'Connect over h2'): Readable {
  const session = connectHttp2(url, { createConnection: () => socket });
  session.on('error', () => {});
  const headers = way === 'gRPC' ? { 'content-type': 'application/grpc', te: 'trailers' } : connectHeaders;
  const stream = session.request({ ':method': 'POST', ':path': path, ...headers });
  stream.end(body);
  return stream;
}

function askOverHttp1(socket: Socket): Promise<Readable> {
  return new Promise((resolve, reject) => {
    const options = { createConnection: () => socket, method: 'POST', path, headers: connectHeaders };
    const request = requestHttp1(options, (response) => {
      request.off('error', reject).on('error', () => {});
      resolve(response);
    });
    request.once('error', reject).end(body);
  });
}
