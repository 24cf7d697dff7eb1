import { expect, test } from 'vitest';
import { describeRedis, parseRedisUrl } from '../../../src/adapters/keyv/redis-address.ts';

test('a single server is host, port, login and database', () => {
  expect(parseRedisUrl('redis://cache')).toEqual({
    kind: 'standalone',
    isEncrypted: false,
    nodes: [{ host: 'cache', port: 6379 }],
    database: 0,
  });
  expect(parseRedisUrl('rediss://me:p%40ss@[::1]:7000/3')).toEqual({
    kind: 'standalone',
    isEncrypted: true,
    nodes: [{ host: '::1', port: 7000 }],
    username: 'me',
    password: 'p@ss',
    database: 3,
  });
});

test('a password may come without a name', () => {
  const { username, password } = parseRedisUrl('redis://:secret@cache');
  expect([username, password]).toEqual([undefined, 'secret']);
});

test('sentinels are hosts, the name they watch, and a login of their own', () => {
  const url = 'redis+sentinel://:secret@one,two:7001/primary/2?sentinel_username=watch&sentinel_password=guard';
  expect(parseRedisUrl(url)).toEqual({
    kind: 'sentinel',
    isEncrypted: false,
    nodes: [
      { host: 'one', port: 26_379 },
      { host: 'two', port: 7001 },
    ],
    password: 'secret',
    database: 2,
    masterName: 'primary',
    sentinelUsername: 'watch',
    sentinelPassword: 'guard',
  });
});

test('a cluster is hosts to begin with', () => {
  expect(parseRedisUrl('rediss+cluster://one:7000,two')).toMatchObject({
    kind: 'cluster',
    isEncrypted: true,
    nodes: [
      { host: 'one', port: 7000 },
      { host: 'two', port: 6379 },
    ],
  });
});

test.each([
  ['http://cache', 'is no Redis URL'],
  ['redis://one,two', 'several hosts'],
  ['redis+sentinel://one', 'lacks the name'],
  ['redis+cluster://one/3', 'a cluster has number 0 alone'],
  ['redis://cache/many', 'a database that is no number'],
  ['redis://:secret@ca che', 'a host that is none'],
])('%s is refused: it %s', (url, why) => {
  expect(() => parseRedisUrl(url)).toThrow(why);
  expect(() => parseRedisUrl(url)).not.toThrow('secret');
});

test.each([
  'redis://cache:6379',
  'rediss://[::1]:6379/3',
  'redis+sentinel://one:26379,two:7001/primary/2',
  'redis+cluster://one:6379',
])('%s is told to people as it is', (url) => {
  expect(describeRedis(parseRedisUrl(url))).toBe(url);
});

test('secrets are told to nobody', () => {
  const url = 'redis+sentinel://me:secret@one/primary?sentinel_password=guard';
  expect(describeRedis(parseRedisUrl(url))).toBe('redis+sentinel://one:26379/primary');
});
