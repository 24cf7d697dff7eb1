import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startMongoServer } from './mongo-server.ts';
import { startRedisServer } from './redis-server.ts';
import { ServerMissing } from './server-missing.ts';
import { HOST_VARIABLE, MISSING_STATUS, type SharedKind } from './shared-url.ts';

type Shared = { url: string; stop(): Promise<void> };

/**
 * Sets a run of vitest up: its test processes ask here for the servers that they share, by their places. The first who asks has one
 * started; all are stopped when the run is over, and end by themselves when it is killed.
 */
export async function setup(): Promise<() => Promise<void>> {
  const running = new Map<string, Promise<Shared>>();
  const host = createServer(({ url = '' }, response) => {
    const shared = running.get(url) ?? start(url === '/redis' ? 'redis' : 'mongodb');
    running.set(url, shared);
    void answer(response, shared);
  }).listen(0, '127.0.0.1');
  await once(host, 'listening');
  process.env[HOST_VARIABLE] = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
  return async () => {
    host.close();
    const settled = await Promise.allSettled(running.values());
    await Promise.all(settled.map((each) => each.status === 'fulfilled' && each.value.stop()));
  };
}

async function start(kind: SharedKind): Promise<Shared> {
  if (kind === 'redis') return startRedisServer();
  const server = await startMongoServer();
  return { url: server.url, stop: server.stop };
}

async function answer(response: ServerResponse, shared: Promise<Shared>): Promise<void> {
  try {
    response.end((await shared).url);
  } catch (error) {
    response.writeHead(error instanceof ServerMissing ? MISSING_STATUS : 500).end((error as Error).message);
  }
}
