import { buffer } from 'node:stream/consumers';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { readConformanceContract, type ServerRequest } from './conformance-contract.ts';
import { openConnectNode } from './open-connect-node.ts';
import { openThreadkeep } from './open-threadkeep.ts';
import type { ServerTerms } from './server-terms.ts';

// The suite starts this program for each kind of server that it wants, says by stdin what it is to be, and is told by
// stdout where it listens: one message each, after four bytes of its length.

const [contractPath, kind] = process.argv.slice(2) as [string, 'lane-on' | 'lane-off' | 'connect-node'];
const contract = readConformanceContract(contractPath);
const request = fromBinary(contract.serverRequest, (await buffer(process.stdin)).subarray(4)) as ServerRequest;
const { httpVersion, useTls, messageReceiveLimit, serverCreds } = request;
const terms: ServerTerms = {
  version: httpVersion === 1 ? 'http1' : 'http2',
  tls:
    useTls && serverCreds !== undefined
      ? { certificate: textOf(serverCreds.cert), key: textOf(serverCreds.key) }
      : null,
  requestBytesMax: messageReceiveLimit,
};
const port =
  kind === 'connect-node'
    ? await openConnectNode(contract, terms)
    : await openThreadkeep(contract, terms, kind === 'lane-on' ? 'on' : 'off');
const pemCert = terms.tls === null ? {} : { pemCert: Buffer.from(terms.tls.certificate) };
const response = create(contract.serverResponse, { host: '127.0.0.1', port, ...pemCert });
const bytes = toBinary(contract.serverResponse, response);
const length = Buffer.alloc(4);
length.writeUInt32BE(bytes.byteLength);
process.stdout.write(Buffer.concat([length, bytes]));

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}
