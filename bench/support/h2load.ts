import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireProgram } from './cannot-measure.ts';
import { LOAD_CORE, pinned } from './pin.ts';

/** Load is one request, sent again and again: over one connection of HTTP/2, or one of HTTP/1.1 for each caller. */
export interface Load {
  url: string;
  http: 1 | 2;
  headers: Record<string, string>;
  body: Uint8Array;
  /** How many calls are in flight. */
  streams: number;
  calls: number;
}

const PATIENCE_MS = 120_000;

/** Throws CannotMeasure where h2load is not installed. */
export function requireH2load(): void {
  requireProgram('h2load', 'apt-get install nghttp2-client');
}

/** Runs a load by h2load and returns the answers per second; throws where one was no success. */
export function measureLoad({ url, http, headers, body, streams, calls }: Load, folder: string): number {
  const file = join(folder, 'body');
  writeFileSync(file, body);
  const given = Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
  const inFlight =
    http === 2 ? ['--clients=1', `--max-concurrent-streams=${streams}`] : ['--h1', `--clients=${streams}`];
  const [program = '', ...before] = pinned(LOAD_CORE);
  const { stdout } = spawnSync(
    program,
    [...before, 'h2load', ...inFlight, `--requests=${calls}`, `--data=${file}`, ...given, url],
    { encoding: 'utf8', timeout: PATIENCE_MS },
  );
  const rate = /finished in .*?, ([\d.]+) req\/s/.exec(stdout)?.[1];
  if (rate === undefined || !stdout.includes(`${calls} succeeded`)) throw new Error(`h2load failed:\n${stdout}`);
  return Number(rate);
}
