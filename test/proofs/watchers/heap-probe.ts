import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type ServiceProcess, startServiceProcess } from '../../support/service-process.ts';

/** HeapProbe measures what a service holds on to. */
export interface HeapProbe {
  readonly service: ServiceProcess;
  /** Collects garbage until nothing more goes, and returns the bytes that are left: objects and what they keep outside of the heap. */
  settledBytes(): Promise<number>;
}

/** Starts the service so that its heap can be measured. */
export async function startProbedService(serveArguments: readonly string[]): Promise<HeapProbe> {
  const preload = fileURLToPath(new URL('./report-heap.ts', import.meta.url));
  // Code that is let go when it has not run for a while would hide what is held.
  const command = [process.execPath, '--expose-gc', '--no-flush-bytecode', '--import', preload];
  const service = await startServiceProcess(serveArguments, { command });
  let reports = 0;
  const measure = async () => {
    reports += 1;
    process.kill(service.pid, 'SIGUSR2');
    return reportNumbered(service, reports);
  };
  return { service, settledBytes: () => settle(measure) };
}

async function reportNumbered(service: ServiceProcess, number: number): Promise<number> {
  const report = new RegExp(`heap report ${number}: (\\d+) bytes`);
  for (let look = 0; look < 1000; look += 1) {
    const bytes = report.exec(service.output())?.[1];
    if (bytes !== undefined) return Number(bytes);
    await wait(20);
  }
  throw new Error('the service does not report its heap');
}

const SAME_LOOKS = 5;
const LOOK_MS = 200;

/** What is let go late, such as closed sockets, is waited for until some looks in a row find nothing less. */
async function settle(measure: () => Promise<number>): Promise<number> {
  let least = await measure();
  for (let same = 0; same < SAME_LOOKS; ) {
    await wait(LOOK_MS);
    const bytes = await measure();
    same = bytes < least - 4096 ? 0 : same + 1;
    least = Math.min(least, bytes);
  }
  return least;
}
