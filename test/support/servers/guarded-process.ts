import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** GuardedOptions say what is started, where it listens, and which folder is its own. */
export interface GuardedOptions {
  command: readonly [program: string, ...rest: string[]];
  /** A loopback port: the process is there as soon as it takes connections. */
  port: number;
  /** Holds what it prints, in `server.log`; removed with the process when whoever started it is gone. */
  folder: string;
}

/** GuardedProcess is a server that never outlives the process that started it, however that one ends. */
export interface GuardedProcess {
  readonly pid: number;
  signal(signal: NodeJS.Signals): void;
  /** Ends it at once (kill -9) and resolves when it is gone. */
  kill(): Promise<void>;
}

const READY_WITHIN_MS = 30_000;

// Its standard input ends when the process that holds the other end does, be it by kill -9.
const GUARD = 'cat >/dev/null; kill -KILL "$0" 2>/dev/null; sleep 0.2; rm -rf "$1"';

/** Starts a server and resolves when it takes connections; throws what it printed when it does not. */
export async function startGuarded({ command, port, folder }: GuardedOptions): Promise<GuardedProcess> {
  const [program, ...rest] = command;
  const logPath = join(folder, 'server.log');
  const log = openSync(logPath, 'a');
  const child = spawn(program, rest, { cwd: folder, stdio: ['ignore', log, log], detached: true });
  closeSync(log);
  await once(child, 'spawn');
  child.unref();
  const guard = startGuard(child, folder);
  child.once('exit', () => guard.kill('SIGKILL'));
  const guarded = handleOf(child);
  if (!(await isReady(child, port))) {
    await guarded.kill();
    throw new Error(`${program} did not come up on port ${port}:\n${readFileSync(logPath, 'utf8')}`);
  }
  return guarded;
}

function startGuard(child: ChildProcess, folder: string): ChildProcess {
  const command = ['-c', GUARD, String(child.pid), folder];
  const guard = spawn('sh', command, { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  guard.unref();
  (guard.stdin as Socket).unref();
  return guard;
}

function handleOf(child: ChildProcess): GuardedProcess {
  const isGone = () => child.exitCode !== null || child.signalCode !== null;
  return {
    pid: child.pid as number,
    signal: (signal) => void child.kill(signal),
    async kill() {
      if (isGone()) return;
      // Whoever waits for its end stays until then, with nothing else left to do, too.
      child.ref();
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

async function isReady(child: ChildProcess, port: number): Promise<boolean> {
  const giveUpAt = performance.now() + READY_WITHIN_MS;
  while (child.exitCode === null && child.signalCode === null && performance.now() < giveUpAt) {
    if (await takesConnections(port)) return true;
    await wait(20);
  }
  return false;
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
