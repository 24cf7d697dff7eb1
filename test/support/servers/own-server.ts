import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { type GuardedProcess, startGuarded } from './guarded-process.ts';

/** OwnServer is a server that one test has for itself, to do to it what it likes. */
export interface OwnServer {
  readonly port: number;
  /** Holds what it keeps, through kills and starts. */
  readonly folder: string;
  /** Ends it at once (kill -9); its data stays. */
  kill(): Promise<void>;
  /** Starts it again on the same port, with the data that is there. */
  start(): Promise<void>;
  /** Stops it in its tracks (SIGSTOP): connections stay, nothing is answered. */
  pause(): void;
  /** Lets a paused one go on. */
  resume(): void;
  /** Removes its data while it is down. */
  clear(): void;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** Starts a server on a free loopback port in a folder of its own; `commandOf` tells how. */
export async function startOwnServer(
  name: string,
  commandOf: (port: number, folder: string) => readonly [string, ...string[]],
): Promise<OwnServer> {
  const root = mkdtempSync(join(tmpdir(), `threadkeep-${name}-`));
  const folder = join(root, 'kept');
  const port = await freePort();
  mkdirSync(folder);
  const start = () => startGuarded({ command: commandOf(port, folder), port, folder: root });
  let running: GuardedProcess = await start();
  return {
    port,
    folder,
    kill: () => running.kill(),
    start: async () => {
      running = await start();
    },
    pause: () => running.signal('SIGSTOP'),
    resume: () => running.signal('SIGCONT'),
    clear: () => {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder);
    },
    stop: async () => {
      await running.kill();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
