import { type Kind, ValueFault } from './kind.ts';
import { maskUrl } from './mask-url.ts';

/** CacheAddress says what the instances share as a cache: nothing but each one's own memory, or Redis. */
export type CacheAddress = { adapter: 'memory' } | { adapter: 'redis'; url: string };

const RANGE =
  'memory:, redis://HOST[:PORT][/DB], rediss:// (TLS), redis+sentinel://HOST,HOST/NAME or redis+cluster://HOST,HOST';
const REDIS_URL = /^rediss?(?:\+(?:sentinel|cluster))?:\/\/(?:.*@)?[^/?@\s]+(?:[/?].*)?$/s;

/** A cache's address. */
export function cacheAddress(): Kind<CacheAddress> {
  return { name: 'url', range: RANGE, parse: parseCacheAddress, format: formatCacheAddress, mask: maskUrl };
}

/** Reads a cache's address; throws ValueFault with what is available. */
export function parseCacheAddress(text: string): CacheAddress {
  if (text === 'memory:') return { adapter: 'memory' };
  if (REDIS_URL.test(text)) return { adapter: 'redis', url: text };
  throw new ValueFault(`not a cache that is available: give ${RANGE}`);
}

/** Writes a cache's address, without its password. */
export function formatCacheAddress(address: CacheAddress): string {
  return address.adapter === 'memory' ? 'memory:' : maskUrl(address.url);
}
