import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** ServiceProcess is the service as users run it: a process of its own on a free loopback port. */
export interface ServiceProcess {
  readonly baseUrl: string;
  readonly pid: number;
  /** Everything that it printed so far. */
  output(): string;
  /** Ends it at once, as a power cut would (kill -9). */
  kill(): Promise<void>;
  /** Asks it to drain and end (SIGTERM); answers its exit code. */
  stop(): Promise<number | null>;
}

/**
 * Starts the service with these arguments, on a port (0 = any free one), and resolves when it says where it listens. The
 * entry is that of users by default, which runs the bundle; `src/main.ts` is that of the sources.
 */
export async function startServiceProcess(
  serveArguments: readonly string[],
  {
    command = [process.execPath],
    readyWithinMs = 20_000,
    port = 0,
    entry = 'bin/threadkeep.cjs',
  }: { command?: readonly string[]; readyWithinMs?: number; port?: number; entry?: string } = {},
): Promise<ServiceProcess> {
  const [program, ...before] = command as [string, ...string[]];
  const child = spawn(program, [...before, entry, 'serve', '--port', String(port), ...serveArguments], {
    env: withoutSettings(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  const address = new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the service did not come up:\n${printed}`)), readyWithinMs);
    const onText = (text: string) => {
      printed += text;
      const found = /https?:\/\/127\.0\.0\.1:\d+/.exec(printed);
      if (found === null) return;
      clearTimeout(timer);
      resolve(found[0]);
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', onText);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`the service ended with code ${code}:\n${printed}`));
    });
  });
  const baseUrl = await address;
  return {
    baseUrl,
    pid: child.pid as number,
    output: () => printed,
    kill: async () => void (await endWith(child, 'SIGKILL')),
    stop: () => endWith(child, 'SIGTERM'),
  };
}

async function endWith(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }
  return child.exitCode;
}

function withoutSettings(): NodeJS.ProcessEnv {
  const aliases = ['PORT', 'MONGODB_URI', 'REDIS_URL'];
  const names = Object.keys(process.env).filter((name) => !name.startsWith('THREADKEEP_') && !aliases.includes(name));
  return Object.fromEntries(names.map((name) => [name, process.env[name]]));
}
