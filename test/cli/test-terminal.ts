import { PassThrough, Readable } from 'node:stream';
import { runCommandLine } from '../../src/cli/run-command-line.ts';
import type { Terminal } from '../../src/cli/terminal.ts';

/** TestTerminal gives a command its input, and keeps what it writes. */
export interface TestTerminal extends Terminal {
  written(): { stdout: string; stderr: string };
  /** Sends SIGTERM to whoever listens. */
  stop(): void;
}

/** Creates a terminal with an environment of its own and, for import, standard input. */
export function createTestTerminal(environment: Record<string, string> = {}, input = ''): TestTerminal {
  const [stdout, stderr] = [keepText(), keepText()];
  const listeners = new Set<(name: string) => void>();
  return {
    stdin: Readable.from([Buffer.from(input)]),
    stdout: stdout.stream,
    stderr: stderr.stream,
    environment,
    onStopSignal(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    written: () => ({ stdout: stdout.text(), stderr: stderr.text() }),
    stop: () => {
      for (const listener of [...listeners]) listener('SIGTERM');
    },
  };
}

/** Runs a command line, written with spaces, to its end. */
export async function run(
  line: string | readonly string[],
  terminal: TestTerminal = createTestTerminal(),
): Promise<{ code: number; stdout: string; stderr: string }> {
  const code = await runCommandLine(typeof line === 'string' ? line.split(' ') : line, terminal);
  return { code, ...terminal.written() };
}

function keepText(): { stream: PassThrough; text(): string } {
  const stream = new PassThrough();
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return {
    stream,
    text() {
      text += stream.read() ?? '';
      return text;
    },
  };
}
