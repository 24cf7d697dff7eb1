import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startServiceProcess } from '../../support/service-process.ts';
import { createTestTerminal, run } from '../test-terminal.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'threadkeep-serve-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('serve: answers once its banner is printed, and ends with code 0 on SIGTERM', async () => {
  const service = await startServiceProcess(['--store', `sqlite:${join(folder, 'new', 'threadkeep.db')}`]);
  expect(await (await fetch(`${service.baseUrl}/readyz`)).json()).toEqual({ status: 'serving' });
  expect(service.output()).toContain('(durable: every commit synced)');
  expect(await service.stop()).toBe(0);
});

test('serve: the curl line of its banner works as pasted', async () => {
  const service = await startServiceProcess(['--store', 'memory:']);
  const pasted = /curl (http\S+) -H '([a-z-]+): (\S+)' -d '(.*)'/.exec(service.output());
  const [, url, name, value, body] = pasted as unknown as string[];
  const response = await fetch(url!, { method: 'POST', headers: { [name!]: value! }, body: body! });
  expect(await response.json()).toMatchObject({ head: { created: true }, session: { userId: 'ada' } });
  await service.stop();
});

test('serve: a busy port is told with the remedy, without a stack', async () => {
  const service = await startServiceProcess(['--store', 'memory:']);
  const { port } = new URL(service.baseUrl);
  const { code, stdout, stderr } = await run(['serve', '--store', 'memory:', '--port', port]);
  await service.stop();
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toBe(
    `port ${port} is in use on 127.0.0.1: stop the other program, or choose another with --port (0 = any free one)\n`,
  );
});

test('serve: an address of another machine is told with the remedy', async () => {
  const terminal = createTestTerminal({ THREADKEEP_API_KEYS: 'correct-horse:acme' });
  const { code, stderr } = await run('serve --store memory: --host 192.0.2.1 --port 0', terminal);
  expect([code, stderr]).toEqual([2, '192.0.2.1 is no address of this machine: choose one with --host\n']);
});

test('serve: a store that cannot be made is told with its path and the remedy', async () => {
  writeFileSync(join(folder, 'file'), '');
  const path = join(folder, 'file', 'threadkeep.db');
  const { code, stdout, stderr } = await run(['serve', '--port', '0', '--store', `sqlite:${path}`]);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/file\/threadkeep\.db cannot be used .*: give a path in a folder that this user may write\n$/);
});

test.each([
  ['store', 'mongodb://ada:geheim@127.0.0.1:1/x?bogus=1', 'memory:', 'option bogus is not supported'],
  ['cache', 'mongodb://127.0.0.1:1/x', 'redis://:geheim@127.0.0.1:1/x', 'has a database that is no number: "x"'],
])(
  'serve: a URL of the %s that its client refuses ends it, told without the password',
  async (name, store, cache, why) => {
    const { code, stdout, stderr } = await run(['serve', '--port', '0', '--store', store, '--cache', cache]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(new RegExp(`^${name}=".*\\*{4}@.*": .*${why}.*: write \\w+://.*percent-encoded\n$`));
    expect(stderr).not.toContain('geheim');
  },
);

test('serve: a certificate that cannot be read, or is none, is told with the remedy', async () => {
  const [certificate, key] = [join(folder, 'a.pem'), join(folder, 'a.key')];
  const line = ['serve', '--port', '0', '--store', 'memory:', '--tls-cert', certificate, '--tls-key', key];
  const missing = await run(line);
  expect([missing.code, missing.stderr]).toEqual([2, expect.stringMatching(/a\.pem cannot be read \(ENOENT\)/)]);
  writeFileSync(certificate, 'no certificate');
  writeFileSync(key, 'no key');
  const wrong = await run(line);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('are no certificate with its key')]);
});
