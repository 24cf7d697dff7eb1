import { setTimeout as wait } from 'node:timers/promises';
import { processCpuMs } from './process-cpu.ts';

const LOOK_MS = 500;
const BUSY_MS = 50;

/**
 * Waits until a process has next to nothing to do, so that what a service checks in the background after its start is over;
 * false where it still works after `patienceMs`. Linux only.
 */
export async function atRest(pid: number, patienceMs: number): Promise<boolean> {
  const giveUpAtMs = performance.now() + patienceMs;
  for (let before = processCpuMs(pid); performance.now() < giveUpAtMs; ) {
    await wait(LOOK_MS);
    const used = processCpuMs(pid);
    if (used - before < BUSY_MS) return true;
    before = used;
  }
  return false;
}
