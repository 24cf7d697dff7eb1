import { readFileSync } from 'node:fs';
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { Health } from '../../gen/grpc/health/v1/health_pb.ts';
import { SessionService } from '../../gen/threadkeep/v1/session_service_pb.ts';

// The limit of gRPC calls here: node:http2 and protobuf-es, and nothing else. Every call has its request decoded and one
// and the same answer encoded. Arguments: the method's name, and a file with the answer's bytes.

const [name, file] = process.argv.slice(2) as [string, string];
const method = [...SessionService.methods, ...Health.methods].find(({ localName }) => localName === name)!;
const answer = fromBinary(method.output, readFileSync(file));

const server = createServer().on('stream', (stream) => {
  const pieces: Buffer[] = [];
  stream.on('data', (piece: Buffer) => pieces.push(piece));
  stream.on('end', () => {
    fromBinary(method.input, Buffer.concat(pieces).subarray(5));
    const message = toBinary(method.output, answer);
    const body = Buffer.allocUnsafe(5 + message.byteLength);
    body.writeUInt8(0, 0);
    body.writeUInt32BE(message.byteLength, 1);
    body.set(message, 5);
    stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(body);
  });
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
