import { type OwnServer, startOwnServer } from './own-server.ts';
import { redisCommand } from './redis-command.ts';
import { sharedUrl } from './shared-url.ts';

/** RedisServer is a Redis to test with: use keys that nobody else does, and never flush it. */
export interface RedisServer {
  url: string;
}

/** OwnRedisServer is a Redis that a test may kill and flush; it keeps what SAVE wrote last, as `dump.rdb`. */
export interface OwnRedisServer extends RedisServer, OwnServer {}

/** Returns the server that all tests of a run share: the user's (REDIS_URL), or one on a free port. */
export async function redisServer(): Promise<RedisServer> {
  return { url: process.env.REDIS_URL ?? (await sharedUrl('redis', async () => (await startRedisServer()).url)) };
}

/** Starts a Redis of its own, with further options as redis-server takes them on its command line. */
export async function startRedisServer(options: readonly string[] = []): Promise<OwnRedisServer> {
  const program = await redisCommand();
  const own = await startOwnServer('redis', (port, folder) => [
    program,
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''],
    ...options,
  ]);
  return { ...own, url: `redis://127.0.0.1:${own.port}` };
}
