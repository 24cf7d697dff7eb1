import { readFileSync } from 'node:fs';

// Linux counts the times of processes in ticks of 10 ms (proc_pid_stat(5), sysconf(_SC_CLK_TCK) = 100).
const TICK_MS = 10;

/** Reads how much processor time a process has used since its start, in ms, all its threads, in user and kernel; Linux only. */
export function processCpuMs(pid: number): number {
  const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1) as string;
  const fields = afterName.split(' ');
  return TICK_MS * (Number(fields[11]) + Number(fields[12]));
}
