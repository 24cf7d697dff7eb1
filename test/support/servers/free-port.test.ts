import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freePort } from './free-port.ts';

const fileOf = (port: number) => join(tmpdir(), 'threadkeep-test-ports', String(port));

test('a port is kept as long as the process lives, whether anybody listens on it or not', async () => {
  const ports = await Promise.all(Array.from({ length: 20 }, freePort));
  expect(new Set(ports).size).toBe(20);
  expect(ports.filter((port) => !existsSync(fileOf(port)))).toEqual([]);
});

test('a process that ends gives its ports back', () => {
  const script = `import { freePort } from ${JSON.stringify(import.meta.resolve('./free-port.ts'))}; console.log(await freePort())`;
  const port = Number(execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' }));
  expect(port).toBeGreaterThan(0);
  expect(existsSync(fileOf(port))).toBe(false);
});
