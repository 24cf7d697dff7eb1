import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { create, toBinary } from '@bufbuild/protobuf';
import { WatchExpiryRequestSchema } from '../../gen/threadkeep/v1/watch_pb.ts';
import { envelope } from './envelope.ts';

// A process that watches over many streams and does nothing else: it notes when something came, and reads nothing of it.
// Its argument: the server's URL; its messages: orders, each of which is answered.

/** WatchOrder opens further streams, awaits one event more on all of them, or asks for what came since it was asked for last. */
export type WatchOrder = { open: number } | 'await' | 'tell';

/** Arrivals are times since the epoch, in ms: of each stream, when something came. */
export type Arrivals = number[][];

const [url = ''] = process.argv.slice(2);
const path = '/threadkeep.v1.SessionService/WatchExpiry';
const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc+proto', te: 'trailers' };
const request = envelope(
  toBinary(WatchExpiryRequestSchema, create(WatchExpiryRequestSchema, { progressInterval: { seconds: 60n } })),
);
const CONNECTIONS = 20;
const connections: ClientHttp2Session[] = [];
const arrivals: Arrivals = [];
let [arrived, awaited, isAwaiting] = [0, 0, false];

process.on('message', async (order: WatchOrder) => {
  if (order === 'tell') {
    process.send?.(arrivals.map((times) => times.splice(0)));
    return;
  }
  if (order === 'await') {
    awaited += arrivals.length;
    isAwaiting = true;
    tellWhenAllCame();
    return;
  }
  await Promise.all(Array.from({ length: order.open }, (_, place) => watch(connectionAt(place).request(headers))));
  process.send?.('opened');
});
process.on('disconnect', () => process.exit());
process.send?.('ready');

function connectionAt(place: number): ClientHttp2Session {
  connections[place % CONNECTIONS] ??= connect(url);
  return connections[place % CONNECTIONS] as ClientHttp2Session;
}

/** Resolves when a stream has begun. */
function watch(stream: ClientHttp2Stream): Promise<void> {
  const times: number[] = [];
  return new Promise((resolve, reject) => {
    stream.once('data', () => {
      arrivals.push(times);
      stream.on('data', () => {
        times.push(performance.timeOrigin + performance.now());
        arrived += 1;
        tellWhenAllCame();
      });
      resolve();
    });
    stream.on('error', reject);
    stream.on('close', () => reject(new Error('a stream ended')));
    stream.end(request);
  });
}

function tellWhenAllCame(): void {
  if (!isAwaiting || arrived < awaited) return;
  isAwaiting = false;
  process.send?.('came');
}
