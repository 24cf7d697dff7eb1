import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The version that is run, of the program and of its contract. */
export const SUITE_VERSION = 'v1.0.5';

/** What the suite said of a server. */
export interface SuiteReport {
  passed: number;
  failed: number;
  /** Everything that it printed. */
  printed: string;
}

/** Which server the suite meets, and what it is to leave out: patterns of names of cases. */
export interface SuiteRun {
  server: 'lane-on' | 'lane-off' | 'connect-node';
  run: readonly string[];
  skip: readonly string[];
}

const FOLDER = import.meta.dirname;

/** Runs the suite against a server of a kind, which it starts itself as often as it likes. */
export async function runSuite(program: string, { server, run, skip }: SuiteRun): Promise<SuiteReport> {
  const scratch = mkdtempSync(join(tmpdir(), 'threadkeep-conformance-'));
  try {
    const contract = describeContract(join(scratch, 'contract.binpb'));
    const flags = ['--mode', 'server', '--conf', join(FOLDER, 'features.yaml')];
    flags.push('--known-flaky', `@${join(FOLDER, 'known-flaky.txt')}`);
    for (const pattern of run) flags.push('--run', pattern);
    for (const pattern of skip) flags.push('--skip', pattern);
    const command = [process.execPath, join(FOLDER, 'server-under-test.ts'), contract, server];
    const printed = await outputOf(program, [...flags, '--', ...command]);
    const [, passed, failed] = /(\d+) passed, (\d+) failed/.exec(printed) ?? [];
    return { passed: Number(passed ?? 0), failed: Number(failed ?? Number.NaN), printed };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** The suite's own contract, from where Go keeps the suite, as descriptors in a file. */
function describeContract(path: string): string {
  const asked = ['mod', 'download', '-json', `connectrpc.com/conformance@${SUITE_VERSION}`];
  const { Dir: folder } = JSON.parse(execFileSync('go', asked, { encoding: 'utf8' })) as { Dir: string };
  execFileSync('npx', ['buf', 'build', join(folder, 'proto'), '--as-file-descriptor-set', '--output', path]);
  return path;
}

/** What a program prints, whatever code it ends with. */
function outputOf(program: string, given: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(program, given, { maxBuffer: 64 * 1024 * 1024 }, (_, stdout, stderr) => resolve(`${stdout}${stderr}`));
  });
}
