import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { SessionService } from '../../gen/threadkeep/v1/session_service_pb.ts';
import type { AppendTemplate } from './append-template.ts';
import { BareSessions } from './bare-sessions.ts';

// The least that answers AddMessage with a durable append here: node:http2, protobuf-es and the bare driver, and nothing
// else. Its arguments: connection string and template. Prints its port.

const [url = '', template = ''] = process.argv.slice(2);
const { input, output } = SessionService.method.addMessage;
const sessions = new BareSessions(url, JSON.parse(template) as AppendTemplate);
const started = new Map<string, Promise<void>>();

const server = createServer().on('stream', (stream) => {
  const pieces: Buffer[] = [];
  stream.on('data', (piece: Buffer) => pieces.push(piece));
  stream.on('end', async () => {
    const { sessionId } = fromBinary(input, Buffer.concat(pieces).subarray(5));
    if (!started.has(sessionId)) started.set(sessionId, sessions.start(sessionId));
    await started.get(sessionId);
    await sessions.append(sessionId);
    const message = toBinary(output, create(output, { sequence: 1, tokenCount: 97 }));
    const body = Buffer.alloc(5 + message.byteLength);
    body.writeUInt32BE(message.byteLength, 1);
    body.set(message, 5);
    stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(body);
  });
});
process.on('disconnect', () => {
  server.close();
  void sessions.close().then(() => process.exit());
});
await sessions.open();
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
