import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ServerMissing } from './server-missing.ts';

const run = promisify(execFile);

const RELEASE = 'secantusdb==0.7.0b3';
const script = fileURLToPath(new URL('./secantusdb.py', import.meta.url));
const home = fileURLToPath(new URL(`../../../node_modules/.cache/threadkeep/${RELEASE}`, import.meta.url));

let installing: Promise<string> | undefined;

/** Returns the command that serves the stand-in for MongoDB; its first use on a machine installs it, in some seconds. */
export async function secantusCommand(): Promise<(options: SecantusOptions) => [string, ...string[]]> {
  installing ??= install();
  const python = await installing;
  return ({ port, folder, ttlSweepSeconds, waitsForDisk }) => {
    const options = [port, folder, ttlSweepSeconds, waitsForDisk].map(String);
    return [python, '-B', script, ...options];
  };
}

/**
 * SecantusOptions: where it listens, what it keeps its data in, how often TTL indexes delete, and whether a commit is on disk
 * before it is acknowledged, as on MongoDB, or left to the operating system, which outlives a kill.
 */
export interface SecantusOptions {
  port: number;
  folder: string;
  ttlSweepSeconds: number;
  waitsForDisk: boolean;
}

// Built aside and moved into place as a whole: of several processes that install at once, one wins and none sees half.
async function install(): Promise<string> {
  const python = join(home, 'bin', 'python');
  if (existsSync(python)) return python;
  mkdirSync(dirname(home), { recursive: true });
  const draft = mkdtempSync(`${home}-`);
  try {
    await attempt('python3', ['-m', 'venv', draft]);
    await attempt(join(draft, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', RELEASE]);
    moveUnlessThere(draft);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return python;
}

function moveUnlessThere(draft: string): void {
  try {
    renameSync(draft, home);
  } catch (error) {
    if (!existsSync(join(home, 'bin', 'python'))) throw error;
  }
}

async function attempt(program: string, options: string[]): Promise<void> {
  try {
    await run(program, options);
  } catch (cause) {
    const { message, stdout = '' } = cause as Error & { stdout?: string };
    const remedy = 'set MONGODB_URI to a server of yours, or install python3 (3.10 or newer) with venv';
    throw new ServerMissing(`there is no MongoDB: ${remedy}\n${message}\n${stdout}`, { cause });
  }
}
