import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Relay is a path to a service that can come to swallow everything, as a cable that was pulled does. */
export interface Relay {
  readonly url: string;
  /** From here on whatever either side sends is taken and never delivered. */
  swallow(): void;
  close(): void;
}

/** Opens a path to a service of this machine. */
export async function openRelay(serviceUrl: string): Promise<Relay> {
  const { hostname, port } = new URL(serviceUrl);
  const legs: Socket[] = [];
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const leg of [near, far]) leg.on('error', () => {});
    near.pipe(far).pipe(near);
    legs.push(near, far);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    swallow() {
      for (const leg of legs) leg.unpipe();
      for (const leg of legs) leg.resume();
    },
    close() {
      for (const leg of legs) leg.destroy();
      server.close();
    },
  };
}
