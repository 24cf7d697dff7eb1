import { expect, test } from 'vitest';
import { banner } from '../../../src/cli/serve/banner.ts';
import { loadConfiguration } from '../../../src/config/load-configuration.ts';

function bannerOf(flags: Record<string, string>, environment: Record<string, string> = {}): string {
  const { configuration } = loadConfiguration({ flags, environment });
  return banner({ configuration, port: 7420, storeDescription: 'memory: (not durable)' });
}

const keys = { THREADKEEP_API_KEYS: 'correct-horse:acme,battery-staple:beta' };

test('banner: says where, in what, for how long, and loudly that no key is needed', () => {
  expect(bannerOf({}).split('\n')).toEqual([
    expect.stringMatching(/^Threadkeep \d+\.\d+\.\d+/),
    '  address   http://127.0.0.1:7420 (gRPC, gRPC-Web, Connect and JSON)',
    '  store     memory: (not durable)',
    '  sessions  DORMANT after 10h idle, EXPIRED after 20h (the TTL), deleted 7d later',
    expect.stringMatching(/^ {2}access {4}NO API KEY: everybody on this machine/),
    'Try it:',
    `  grpcurl -plaintext -d '{"user_id": "ada"}' 127.0.0.1:7420 threadkeep.v1.SessionService/Start`,
    expect.stringMatching(/^ {2}curl http:\/\/127\.0\.0\.1:7420\/threadkeep\.v1\.SessionService\/Start /),
  ]);
});

test('banner: with keys it counts them, prints none, and its lines work without one', () => {
  const text = bannerOf({ host: '0.0.0.0' }, keys);
  expect(text).toContain('  access    API keys: 2, tenants: 2\n');
  expect(text).toContain('  grpcurl -plaintext 127.0.0.1:7420 list\n  curl http://127.0.0.1:7420/readyz');
  expect(text).not.toMatch(/horse|staple/);
});

test('banner: with TLS the lines trust the certificate', () => {
  const text = bannerOf({ 'tls-cert': 'a.pem', 'tls-key': 'b.pem' });
  expect(text).toContain('https://127.0.0.1:7420');
  expect(text).toContain('grpcurl -cacert a.pem -d');
  expect(text).toContain('curl --cacert a.pem https://');
});

test('banner: an IPv6 address stands in brackets', () => {
  expect(bannerOf({ host: '::' }, keys)).toContain('grpcurl -plaintext [::1]:7420 list');
});

test('banner: a TTL of never says so', () => {
  expect(bannerOf({ ttl: 'never' })).toContain('DORMANT after 10h idle, never EXPIRED (the TTL), deleted 7d later');
});

test('banner: the idle time is never longer than the TTL', () => {
  expect(bannerOf({ ttl: '1h', retention: 'never' })).toContain(
    'DORMANT after 1h idle, EXPIRED after 1h (the TTL), never',
  );
});

test('banner: on MongoDB it tells the cache, without its password, and how many processes serve', () => {
  const store = { store: 'mongodb://db/keep' };
  expect(bannerOf(store)).toContain('  cache     the memory of each process alone; set THREADKEEP_CACHE\n');
  const text = bannerOf({ ...store, workers: '4' }, { REDIS_URL: 'redis://:swordfish@cache' });
  expect(text).toContain('  cache     redis://:****@cache\n  workers   4 processes on this port\n');
});
