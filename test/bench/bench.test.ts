import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { requireTool } from '../support/require.ts';

const scratch = () => {
  const folder = mkdtempSync(join(tmpdir(), 'threadkeep-bench-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
};

function bench(...given: string[]) {
  return spawnSync(process.execPath, ['scripts/bench.ts', ...given], { encoding: 'utf8' });
}

test('bench: a measurement starts what it needs, prints its table, and writes page, plots and figures', (context) => {
  requireTool(context, 'taskset', 'apt-get install util-linux');
  if (availableParallelism() < 2) context.skip('server and load need a core each');
  const folder = scratch();
  const { stdout, stderr, status } = bench('mixed', '--quick', '--output', folder);
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  expect(stdout).toMatch(/^what +agents +measured +reference +ratio$/m);
  expect(stdout).toMatch(/^conversations +64 +\S+ turns\/s +\S+ \(bare limit\) +\d\.\d\d$/m);
  const page = readFileSync(join(folder, 'performance.md'), 'utf8');
  const plots = [...page.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map((match) => join(folder, match[1]!));
  expect(plots.map(existsSync)).toEqual([true]);
  const { command, reports } = JSON.parse(readFileSync(join(dirname(plots[0]!), 'results.json'), 'utf8'));
  expect(command).toMatch(/^npm run bench -- mixed --quick/);
  expect(Object.keys(reports)).toEqual(['mixed']);
});

test('bench: where a tool is missing the measurement is left out with the reason, and fails where nothing may be', () => {
  const folder = scratch();
  const run = (requireAll: string) =>
    spawnSync(process.execPath, ['scripts/bench.ts', 'mixed', '--quick', '--output', folder], {
      encoding: 'utf8',
      env: { PATH: '/nonexistent', THREADKEEP_REQUIRE_ALL: requireAll },
    });
  const lenient = run('0');
  expect(lenient.stdout).toContain('skipped: taskset is not installed: apt-get install util-linux');
  expect(lenient.status).toBe(0);
  expect(readFileSync(join(folder, 'performance.md'), 'utf8')).toContain('Not measured: taskset is not installed');
  expect(run('1').status).toBe(1);
});

test('bench: an unknown name is answered with those that there are', () => {
  const { stderr, status } = bench('nothing');
  expect(stderr).toContain('There is no measurement named nothing.');
  expect(stderr).toMatch(/with names of: .*\bmixed\b.*\brpc\b/);
  expect(status).toBe(2);
});
