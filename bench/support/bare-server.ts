import { readFileSync } from 'node:fs';
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { Health } from '../../gen/grpc/health/v1/health_pb.ts';
import { SessionService } from '../../gen/threadkeep/v1/session_service_pb.ts';
import { envelope } from './envelope.ts';
import { pathOf } from './method-path.ts';

// The limit of gRPC calls here: node:http2 and protobuf-es, and nothing else. Every call has its request decoded and one
// and the same answer of its method encoded. Arguments: for each method its name, and a file with the answer's bytes.

const methods = [...SessionService.methods, ...Health.methods];
const answers = new Map(
  process.argv.slice(2).map((argument) => {
    const [name, file] = argument.split('=') as [string, string];
    const method = methods.find(({ localName }) => localName === name)!;
    const { input, output } = method;
    return [pathOf(method), { input, output, answer: fromBinary(output, readFileSync(file)) }];
  }),
);

const server = createServer().on('stream', (stream, headers) => {
  const pieces: Buffer[] = [];
  stream.on('data', (piece: Buffer) => pieces.push(piece));
  stream.on('end', () => {
    const { input, output, answer } = answers.get(headers[':path']!)!;
    fromBinary(input, Buffer.concat(pieces).subarray(5));
    const body = envelope(toBinary(output, answer));
    stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(body);
  });
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
