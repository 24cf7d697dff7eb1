import { expect, test } from 'vitest';
import { parseRedisUrl } from '../../src/adapters/keyv/redis-address.ts';
import { formatCacheAddress, parseCacheAddress } from '../../src/config/cache-address.ts';

const URLS = [
  'redis://cache',
  'rediss://cache:6380/2',
  'redis+sentinel://a:26379,b/main',
  'rediss+cluster://a,b:7001',
] as const;

test.each([...URLS, 'memory:'])('parseCacheAddress: %s is written as it was read', (address) => {
  expect(formatCacheAddress(parseCacheAddress(address))).toBe(address);
});

test.each(URLS)('parseCacheAddress: %s is what the cache understands, too', (url) => {
  expect(parseRedisUrl(url).nodes.length).toBeGreaterThan(0);
});

test('formatCacheAddress: passwords are never written', () => {
  expect(formatCacheAddress(parseCacheAddress('rediss://ada:swordfish@cache?sentinel_password=marlin'))).toBe(
    'rediss://ada:****@cache?sentinel_password=****',
  );
});

test.each(['redis:', 'redis://', 'memcached://cache', 'memory://', 'redis+ring://a'])(
  'parseCacheAddress: %s is refused with what can be given',
  (address) => {
    expect(() => parseCacheAddress(address)).toThrow('not a cache that is available: give memory:, redis://HOST');
  },
);
