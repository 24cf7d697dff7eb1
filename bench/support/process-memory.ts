import { readFileSync } from 'node:fs';

/** Reads how much memory of a process is resident, in KiB; Linux only. */
export function residentKib(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kib === undefined) throw new Error(`process ${pid} tells no resident size`);
  return Number(kib);
}
