import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ALL_SETTINGS } from '../../src/config/settings.ts';
import { createTestTerminal, run } from './test-terminal.ts';

test('threadkeep: --version prints the version of the package', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(await run('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

test('threadkeep: --help lists every command, and so does no command, with exit code 2', async () => {
  const help = await run('--help');
  for (const name of ['serve', 'import', 'export', 'config', 'check-store'])
    expect(help.stdout).toContain(`  ${name} `);
  expect(help.code).toBe(0);
  expect(await run([])).toEqual({ code: 2, stdout: '', stderr: help.stdout });
});

test('threadkeep: an unknown command names the nearest one', async () => {
  const { code, stderr } = await run('sevre');
  expect([code, stderr]).toEqual([2, expect.stringContaining('sevre is no command (did you mean serve?)')]);
});

test('threadkeep serve --help: lists every setting with its flag, variable, default and range', async () => {
  const { code, stdout } = await run('serve --help');
  expect(code).toBe(0);
  for (const { name, hasFlag } of ALL_SETTINGS) {
    expect(stdout.includes(`--${name} <`), name).toBe(hasFlag !== false);
    expect(stdout).toContain(`THREADKEEP_${name.replaceAll('-', '_').toUpperCase()}`);
  }
  expect(stdout).toMatch(/--ttl <duration>, THREADKEEP_TTL\n.*\n?.*Default: 20h\. Range: 1ms to 3650d,\s+or\s+never\./);
});

test('threadkeep <command> --help: works whatever else is wrong', async () => {
  const terminal = createTestTerminal({ THREADKEEP_PORT: 'x' });
  expect(await run('import --help', terminal)).toMatchObject({ code: 0, stderr: '' });
});

test('threadkeep: faults of flags, environment and arguments are told at once, without a stack', async () => {
  const terminal = createTestTerminal({ THREADKEEP_PORT: 'x' });
  const { code, stdout, stderr } = await run(
    ['config', '--tll', '1h', '--ttl', 'soon', '--help=1', '--store'],
    terminal,
  );
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr.split('\n')).toEqual([
    '--tll is no option (did you mean ttl?)',
    '--help takes no value',
    '--store needs a value',
    expect.stringMatching(/^THREADKEEP_PORT="x": no whole number/),
    expect.stringMatching(/^--ttl="soon": no duration/),
    'threadkeep config --help tells more.',
    '',
  ]);
});

test('threadkeep: missing and superfluous arguments are faults', async () => {
  expect((await run('import')).stderr).toMatch(/^something is missing: give \[options\] FILE…/);
  expect((await run('config now')).stderr).toMatch(/^"now" is too much/);
});

test('threadkeep config: prints every setting with value and source, secrets masked', async () => {
  const terminal = createTestTerminal({ THREADKEEP_API_KEYS: 'correct-horse:acme', PORT: '8080' });
  const { code, stdout } = await run('config --ttl 90m', terminal);
  const lines = stdout.trimEnd().split('\n');
  expect(code).toBe(0);
  expect(lines).toHaveLength(ALL_SETTINGS.length);
  expect(lines).toContainEqual(expect.stringMatching(/^ttl +90m +--ttl$/));
  expect(lines).toContainEqual(expect.stringMatching(/^port +8080 +PORT$/));
  expect(lines).toContainEqual(expect.stringMatching(/^api-keys +\*{4} \(1 key, tenant acme\) +THREADKEEP_API_KEYS$/));
  expect(lines).toContainEqual(expect.stringMatching(/^tls-cert +- +default$/));
  expect(stdout).not.toContain('horse');
});

test('threadkeep: what is ignored is warned of on standard error', async () => {
  const terminal = createTestTerminal({ THREADKEEP_OPERATOR_IMAGE: 'x' });
  expect((await run('config', terminal)).stderr).toMatch(/^THREADKEEP_OPERATOR_IMAGE is ignored/);
});
