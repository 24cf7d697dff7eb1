import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Returns a loopback port that nobody listens on. It lies below those that systems hand to outgoing connections, so that
 * no client takes it while its server is down, and none is ever connected to itself.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
