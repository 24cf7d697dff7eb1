import type { Transport } from '@connectrpc/connect';
import { createConnectTransport, createGrpcWebTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { createGrpcJsTransport } from './grpc-js-transport.ts';

/** A way into the service: a protocol, an encoding and a version of HTTP. */
export interface Way {
  name: string;
  open(address: { host: string; port: number }): { transport: Transport; close(): void };
}

/** The five ways in. */
export const WAYS: readonly Way[] = [
  {
    name: 'gRPC by grpc-js',
    open({ host, port }) {
      const transport = createGrpcJsTransport(`${host}:${port}`);
      return { transport, close: () => transport.close() };
    },
  },
  {
    name: 'gRPC-Web',
    open: (address) => unmanaged(createGrpcWebTransport({ baseUrl: urlOf(address), httpVersion: '1.1' })),
  },
  {
    name: 'Connect binary over HTTP/1.1',
    open: (address) =>
      unmanaged(createConnectTransport({ baseUrl: urlOf(address), httpVersion: '1.1', useBinaryFormat: true })),
  },
  {
    name: 'Connect JSON over HTTP/1.1',
    open: (address) =>
      unmanaged(createConnectTransport({ baseUrl: urlOf(address), httpVersion: '1.1', useBinaryFormat: false })),
  },
  {
    name: 'Connect over h2',
    open(address) {
      const baseUrl = urlOf(address);
      const sessionManager = new Http2SessionManager(baseUrl);
      const transport = createConnectTransport({ baseUrl, httpVersion: '2', useBinaryFormat: true, sessionManager });
      return { transport, close: () => sessionManager.abort() };
    },
  },
];

function urlOf({ host, port }: { host: string; port: number }): string {
  return `http://${host}:${port}`;
}

function unmanaged(transport: Transport): { transport: Transport; close(): void } {
  return { transport, close: () => {} };
}
