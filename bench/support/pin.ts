import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { CannotMeasure, requireProgram } from './cannot-measure.ts';

/** SERVER_CORE is where a server that is measured runs. */
export const SERVER_CORE = 0;
/** LOAD_CORE is where whatever calls a server runs. */
export const LOAD_CORE = 1;

/** Throws CannotMeasure where servers and loads cannot be given cores of their own. */
export function requireCores(): void {
  requireProgram('taskset', 'apt-get install util-linux');
  if (availableParallelism() < 2) throw new CannotMeasure('server and load need a core each, and there is only one');
}

/** Returns what a command begins with so that it keeps to these cores. */
export function pinned(...cores: readonly number[]): string[] {
  return ['taskset', '--cpu-list', cores.join(',')];
}

/** Keeps this process to the load's core until what is returned is called. */
export function pinThisProcess(): () => void {
  const before = /: (\S+)$/m.exec(changeCores([]))![1]!;
  changeCores([String(LOAD_CORE)]);
  return () => void changeCores([before]);
}

function changeCores(list: readonly string[]): string {
  const { stdout, status } = spawnSync(
    'taskset',
    ['--all-tasks', '--cpu-list', '--pid', ...list, String(process.pid)],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`taskset failed with ${status}:\n${stdout}`);
  return stdout;
}
