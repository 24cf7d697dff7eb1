import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { residentKib } from './process-memory.ts';

/** What node must be started with, so that `settledKib` can have it collect its garbage. */
export const COLLECTABLE: readonly string[] = [
  '--expose-gc',
  '--import',
  fileURLToPath(new URL('../../test/proofs/watchers/report-heap.ts', import.meta.url)),
];

const LOOKS = 2;
const PAUSE_MS = 150;
const PATIENCE_LOOKS = 500;

/** Has a process collect its garbage until no more goes, and returns what is resident then, in KiB: the least of a few looks. */
export async function settledKib({ pid, output }: { pid: number; output(): string }): Promise<number> {
  const looks: number[] = [];
  for (let look = 0; look < LOOKS; look++) {
    await collect(pid, output);
    await wait(PAUSE_MS);
    looks.push(residentKib(pid));
  }
  return Math.min(...looks);
}

async function collect(pid: number, output: () => string): Promise<void> {
  const before = reportsIn(output());
  process.kill(pid, 'SIGUSR2');
  for (let look = 0; look < PATIENCE_LOOKS; look++) {
    if (reportsIn(output()) > before) return;
    await wait(20);
  }
  throw new Error(`process ${pid} does not say that it has collected its garbage`);
}

function reportsIn(output: string): number {
  return output.split('heap report').length - 1;
}
