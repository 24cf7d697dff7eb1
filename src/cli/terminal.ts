import type { Writable } from 'node:stream';

/** Terminal is what a command reads from and writes to. */
export interface Terminal {
  stdin: AsyncIterable<Uint8Array>;
  stdout: Writable;
  stderr: Writable & { isTTY?: boolean };
  environment: Readonly<Record<string, string | undefined>>;
  /** Calls back on SIGINT and SIGTERM with the signal's name; returns the unsubscription. */
  onStopSignal(listener: (name: string) => void): () => void;
}

/** Returns the terminal of this process. */
export function processTerminal(): Terminal {
  process.stdout.on('error', ignoreClosedPipe);
  process.stderr.on('error', ignoreClosedPipe);
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    environment: process.env,
    onStopSignal(listener) {
      const signals = ['SIGINT', 'SIGTERM'] as const;
      for (const name of signals) process.on(name, listener);
      return () => {
        for (const name of signals) process.off(name, listener);
      };
    },
  };
}

/** Calls back on the first signal to stop, after which nobody listens: a second one ends the process. Returns the unsubscription. */
export function onFirstStop(terminal: Terminal, listener: (name: string) => void): () => void {
  const unsubscribe = terminal.onStopSignal((name) => {
    unsubscribe();
    listener(name);
  });
  return unsubscribe;
}

/** Writes a line. */
export function writeLine(stream: Writable, line: string): void {
  stream.write(`${line}\n`);
}

// `threadkeep config | head` closes the pipe before everything is written.
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
