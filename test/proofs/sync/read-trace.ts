import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';

/** SystemCall is one call of a traced process on an open file; `result` is null until it returned. */
export interface SystemCall {
  name: string;
  /** What the file descriptor stands for: a path, or a kind such as `socket:[123]`. */
  file: string;
  /** Everything behind the descriptor, as strace prints it. */
  rest: string;
  result: number | null;
}

/** TraceStep is one end of a call: threads run side by side, so that others may come between the two. */
export interface TraceStep {
  edge: 'entered' | 'returned';
  call: SystemCall;
}

const LINE = /^(\d+) +(?:(\w+)\(\d+<([^>]*)>|<\.\.\. \w+ resumed>)(.*)$/;
const UNFINISHED = '<unfinished ...>';

/** Returns the command that runs another one under strace, as its child, and writes the trace to a file. */
export function tracedCommand(command: readonly string[], names: readonly string[], tracePath: string): string[] {
  // -D: the tracer is the grandchild, so that the process id and the signals are those of the command.
  const options = ['-D', '-f', '--seccomp-bpf', '-y', '-s', '65536', '-e', `trace=${names.join(',')}`];
  return ['strace', ...options, '-o', tracePath, ...command];
}

/** Reads the trace of a process that has ended, step by step. */
export async function* readTrace(tracePath: string, pid: number): AsyncGenerator<TraceStep> {
  await waitForEnd(tracePath, pid);
  const underWay = new Map<string, SystemCall>();
  for await (const line of createInterface({ input: createReadStream(tracePath) })) {
    const [, thread = '', name, file = '', rest = ''] = LINE.exec(line) ?? [];
    const call = name === undefined ? underWay.get(thread) : { name, file, rest, result: null };
    underWay.delete(thread);
    if (call === undefined) continue;
    if (name !== undefined) yield { edge: 'entered', call };
    if (rest.endsWith(UNFINISHED)) {
      underWay.set(thread, call);
      continue;
    }
    call.result = resultOf(rest);
    yield { edge: 'returned', call };
  }
}

/** Turns text as strace prints it back into what it stands for, one character a byte. */
export function decodeText(text: string): string {
  const letters: Record<string, string> = { n: '\n', t: '\t', r: '\r', v: '\v', f: '\f' };
  return text.replace(/\\([0-7]{1,3}|.)/g, (_, code: string) =>
    /\d/.test(code) ? String.fromCharCode(Number.parseInt(code, 8)) : (letters[code] ?? code),
  );
}

function resultOf(rest: string): number {
  return Number(/= (-?\d+)[^=]*$/.exec(rest)?.[1] ?? -1);
}

// The tracer writes its last lines after the process has ended.
async function waitForEnd(tracePath: string, pid: number): Promise<void> {
  const end = new RegExp(`^${pid} +\\+\\+\\+ (exited|killed)`, 'm');
  while (!end.test(await readFile(tracePath, 'latin1'))) await wait(50);
}
