import { createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';

// The least that tells many streams of an event here: node:http2 and nothing else. Each stream is begun with as many bytes
// as the service's is, and each line on standard input sends those of an event down all of them.

const OPENED_BYTES = 80;
const EVENT_BYTES = 250;

const streams: ServerHttp2Stream[] = [];
const server = createServer({ settings: { maxConcurrentStreams: 1000 } }).on('stream', (stream) => {
  stream.resume();
  stream.on('error', () => {});
  stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto' });
  stream.write(Buffer.alloc(OPENED_BYTES));
  streams.push(stream);
});
createInterface({ input: process.stdin }).on('line', () => {
  for (const stream of streams) stream.write(Buffer.alloc(EVENT_BYTES));
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
