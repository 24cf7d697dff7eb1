import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOAD_CORE, pinned } from './pin.ts';

/** LoadOptions is what several processes of h2load send: each a body of its own over one connection, all to the same URL. */
export interface LoadOptions {
  url: string;
  headers: Record<string, string>;
  bodies: readonly Uint8Array[];
  /** Most calls that wait for an answer on one connection. */
  streams: number;
  seconds: number;
  /** Calls a second of all processes together, sent whatever is answered; absent = each stream sends when it was answered. */
  callsPerSecond?: number;
  folder: string;
}

/** SentCall is one call that came to its end, with its HTTP status; −1 where there was none. Times in ms, `endedAt` since the epoch. */
export interface SentCall {
  status: number;
  tookMs: number;
  endedAt: number;
}

/** Runs the load to its end and returns every call of it. */
export async function runLoad(options: LoadOptions): Promise<SentCall[]> {
  const runs = options.bodies.map((body, place) => runProcess(options, body, place));
  return (await Promise.all(runs)).flat();
}

async function runProcess(options: LoadOptions, body: Uint8Array, place: number): Promise<SentCall[]> {
  const { url, headers, streams, seconds, folder, callsPerSecond, bodies } = options;
  const [data, log] = [join(folder, `body-${place}`), join(folder, `log-${place}`)];
  writeFileSync(data, body);
  writeFileSync(log, '');
  const rate = callsPerSecond === undefined ? [] : [`--rps=${callsPerSecond / bodies.length}`];
  // Whoever measures beside the load shares its core with many of these, and would be kept waiting by them.
  const [program = '', ...before] = ['nice', '-n', '10', ...pinned(LOAD_CORE)];
  const child = spawn(
    program,
    [
      ...[...before, 'h2load', '--clients=1', `--max-concurrent-streams=${streams}`],
      ...[`--duration=${seconds}`, ...rate, `--data=${data}`, `--log-file=${log}`],
      ...Object.entries(headers).map(([name, value]) => `--header=${name}: ${value}`),
      url,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const printed = child.stdout.setEncoding('utf8').toArray();
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`h2load ended with code ${code}:\n${(await printed).join('')}`);
  return callsIn(readFileSync(log, 'utf8'));
}

/** Reads h2load's log: start in µs since the epoch, status, µs to the end. */
function callsIn(log: string): SentCall[] {
  const lines = log.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const [startedUs, status, tookUs] = line.split('\t').map(Number) as [number, number, number];
    return { status, tookMs: tookUs / 1000, endedAt: (startedUs + tookUs) / 1000 };
  });
}
