import { openKeyvCache } from '../../../src/adapters/keyv/cache.ts';
import { redisServer } from '../../support/servers/redis-server.ts';
import type { OpenCache } from './cached.ts';

/** Opens a cache in the Redis that tests share; entries of other stores never meet: their store ids differ. */
export const openRedisCache: OpenCache = async () => {
  const { url } = await redisServer();
  return openKeyvCache({
    url,
    metrics: { count() {}, observe() {}, gauge() {} },
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  });
};
