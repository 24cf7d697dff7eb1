import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Load is one request, sent again and again over one HTTP/2 connection. */
export interface Load {
  url: string;
  headers: Record<string, string>;
  body: Uint8Array;
  streams: number;
  calls: number;
}

const SERVER_CORE = 0;
const LOAD_CORE = 1;
const PATIENCE_MS = 120_000;

/** Why loads cannot be run here, in a sentence; null where they can. */
export function whyNoLoad(): string | null {
  for (const [program, remedy] of [
    ['taskset', 'install util-linux'],
    ['h2load', "install Debian's nghttp2-client"],
  ] as const) {
    if (spawnSync(program, ['--version']).error !== undefined) return `${program} is not here; ${remedy}`;
  }
  return null;
}

/** Returns what a server's command begins with, so that it keeps to one core and the load to another. */
export function pinnedServer(): string[] {
  return ['taskset', '--cpu-list', String(SERVER_CORE)];
}

/** Runs a load and returns the answers per second; throws where one was no success. */
export function measureLoad({ url, headers, body, streams, calls }: Load, folder: string): number {
  const file = join(folder, 'body');
  writeFileSync(file, body);
  const given = Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
  const amount = ['--clients=1', `--max-concurrent-streams=${streams}`, `--requests=${calls}`];
  const { stdout } = spawnSync(
    'taskset',
    ['--cpu-list', String(LOAD_CORE), 'h2load', ...amount, `--data=${file}`, ...given, url],
    { encoding: 'utf8', timeout: PATIENCE_MS },
  );
  const rate = /finished in .*?, ([\d.]+) req\/s/.exec(stdout)?.[1];
  if (rate === undefined || !stdout.includes(`${calls} succeeded`)) throw new Error(`h2load failed:\n${stdout}`);
  return Number(rate);
}
