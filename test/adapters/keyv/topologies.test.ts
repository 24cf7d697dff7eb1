import { execFile, execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { requireTool } from '../../support/require.ts';
import { freePort } from '../../support/servers/free-port.ts';
import { startOwnServer } from '../../support/servers/own-server.ts';
import { redisCommand } from '../../support/servers/redis-command.ts';
import { startRedisServer } from '../../support/servers/redis-server.ts';
import { requireServer } from '../../support/servers/server-missing.ts';
import { bytesOf, openCache, until } from './harness.ts';
import { sendRedis } from './redis-command-line.ts';

const HOUR_MS = 3_600_000;

const run = promisify(execFile);

const started: { stop(): Promise<void> }[] = [];

beforeEach(async (context) => {
  await requireServer(context, redisCommand);
});

afterAll(async () => {
  await Promise.all(started.map((server) => server.stop()));
});

describe('a cluster', () => {
  test('is found by one of its nodes, and left and found again', async () => {
    const redis = await startRedisServer(['--cluster-enabled', 'yes']);
    started.push(redis);
    await sendRedis(redis.port, 'CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await sendRedis(redis.port, 'CLUSTER', 'BUMPEPOCH');
    await assertServing(`redis+cluster://127.0.0.1:${redis.port}`, redis);
  });
});

describe('a server that sentinels watch', () => {
  test('is found by their name for it, and left and found again', async () => {
    const redis = await startRedisServer();
    started.push(redis);
    const program = await redisCommand();
    const sentinel = await startOwnServer('sentinel', (port, folder) => {
      const file = join(folder, 'sentinel.conf');
      writeFileSync(
        file,
        `sentinel monitor primary 127.0.0.1 ${redis.port} 1\nsentinel down-after-milliseconds primary 60000\n`,
      );
      return [program, file, '--sentinel', '--port', String(port), '--bind', '127.0.0.1', '--dir', folder];
    });
    started.push(sentinel);
    await assertServing(`redis+sentinel://127.0.0.1:${sentinel.port}/primary`, redis);
  });
});

describe('a server behind TLS', () => {
  test('is used where its certificate is vouched for, and only there', async (context) => {
    const openssl = requireTool(context, 'openssl', 'install it to test TLS');
    const redis = await startRedisServer();
    started.push(redis);
    const files = makeCertificate(openssl, redis.folder);
    const tlsPort = await freePort();
    const certificate = ['tls-cert-file', files.certificate, 'tls-key-file', files.key, 'tls-auth-clients', 'no'];
    await sendRedis(redis.port, 'CONFIG', 'SET', ...certificate, 'tls-port', String(tlsPort));
    const url = `rediss://localhost:${tlsPort}`;
    expect(await putAndGetIn(url, { NODE_EXTRA_CA_CERTS: files.certificate })).toBe('hit of 3 bytes');
    expect(await putAndGetIn(url, {})).toBe('miss');
  });
});

function makeCertificate(openssl: string, folder: string): { certificate: string; key: string } {
  const files = { certificate: join(folder, 'certificate.pem'), key: join(folder, 'key.pem') };
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const output = ['-keyout', files.key, '-out', files.certificate];
  const options = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...subject, ...output];
  execFileSync(openssl, ['req', ...options], { stdio: 'ignore' });
  return files;
}

/** Node reads whom it trusts when it starts. */
async function putAndGetIn(url: string, environment: Record<string, string>): Promise<string> {
  const script = fileURLToPath(new URL('./put-and-get.ts', import.meta.url));
  const { stdout } = await run(process.execPath, [script, url], { env: { ...process.env, ...environment } });
  return stdout;
}

async function assertServing(url: string, redis: { kill(): Promise<void>; start(): Promise<void> }): Promise<void> {
  const { cache } = openCache(url, 1000);
  await until(() => putAndGet());
  await redis.kill();
  const startedAtMs = performance.now();
  for (let round = 0; round < 50; round += 1) expect(await cache.get('key')).toBeNull();
  expect(performance.now() - startedAtMs).toBeLessThan(10_000);
  await redis.start();
  await until(() => putAndGet());

  async function putAndGet(): Promise<boolean> {
    await cache.put('key', bytesOf(1), HOUR_MS);
    const bytes = await cache.get('key');
    return bytes !== null && Buffer.from(bytes).equals(Buffer.from(bytesOf(1)));
  }
}
