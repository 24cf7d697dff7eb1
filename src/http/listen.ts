import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Connections } from './connections.ts';

/** ListenOptions say where connections are taken. */
export interface ListenOptions {
  host: string;
  /** 0 = any free one. */
  port: number;
  /** PEM texts; null = plain connections. */
  tls: { certificate: string; key: string } | null;
}

/** Takes the connections of a port, in either version of HTTP; rejects where the port cannot be had. */
export async function listen({ host, port, tls }: ListenOptions, connections: Connections): Promise<Server> {
  const server =
    tls === null
      ? createServer((socket: Socket) => connections.accept(socket))
      : createTlsServer({ cert: tls.certificate, key: tls.key, ALPNProtocols: ['h2', 'http/1.1'] }, (socket) =>
          connections.acceptSecure(socket),
        );
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}
