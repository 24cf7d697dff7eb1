import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SessionService } from '../gen/threadkeep/v1/session_service_pb.ts';
import { startServiceProcess } from '../test/support/service-process.ts';
import { dropPageCache } from './support/drop-page-cache.ts';
import { fillSqlite } from './support/fill-sqlite.ts';
import { fillerFile } from './support/filler-message.ts';
import type { Measure } from './support/measure.ts';
import { median } from './support/median.ts';
import { ReadyCalls } from './support/ready-calls.ts';
import type { Figure, Report } from './support/report.ts';
import { withScratch } from './support/scratch.ts';

const MEBIBYTE = 1024 * 1024;
const FILE_BYTES = 64 * 1024;
const SESSION_MESSAGES = 4;

/**
 * Measures how long the service takes from the start of its process to its first answer, with an empty SQLite file and
 * with one of 1 GiB; in turns with a Node that does nothing.
 */
export const measure: Measure = ({ quick }) =>
  withScratch('start', async ({ folder }) => {
    const [rounds, mebibytes] = quick ? [2, 64] : [5, 1024];
    const full = join(folder, 'full.db');
    await fill(full, mebibytes);
    const kinds: Record<Kind, () => Promise<number>> = {
      node: startNode,
      empty: async () => {
        const empty = join(folder, 'empty');
        const tookMs = await startService(join(empty, 'threadkeep.db'));
        await rm(empty, { recursive: true });
        return tookMs;
      },
      full: () => startService(full),
      cold: () => {
        dropPageCache(full);
        return startService(full);
      },
    };
    const taken: Round[] = [];
    for (let round = 0; round < rounds + 1; round++) {
      const tookMs: Partial<Round> = {};
      for (const kind of KINDS) tookMs[kind] = await kinds[kind]();
      taken.push(tookMs as Round);
    }
    // The first round left the code in Node's compile cache, as an installation does.
    return reportOf(taken.slice(1), Math.round(statSync(full).size / MEBIBYTE));
  });

const KINDS = ['node', 'empty', 'full', 'cold'] as const;
type Kind = (typeof KINDS)[number];
type Round = Record<Kind, number>;

async function fill(path: string, mebibytes: number): Promise<void> {
  const messages = Array.from({ length: SESSION_MESSAGES }, () => fillerFile(FILE_BYTES));
  await fillSqlite(path, {
    count: Math.ceil((mebibytes * MEBIBYTE) / (SESSION_MESSAGES * FILE_BYTES)),
    idOf: (place) => `session-${place}`,
    messagesOf: () => messages,
  });
}

async function startNode(): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' });
  await once(child, 'exit');
  return performance.now() - startedAt;
}

/** Starts the service, has it answer a call, and returns how long that took, in ms. */
async function startService(path: string): Promise<number> {
  const startedAt = performance.now();
  const service = await startServiceProcess(['--store', `sqlite:${path}`, '--log-level', 'error']);
  const calls = new ReadyCalls(service.baseUrl, SessionService.method.list);
  await calls.call({ pageSize: 1 });
  const tookMs = performance.now() - startedAt;
  calls.close();
  await service.stop();
  return tookMs;
}

const NAMES: Record<Exclude<Kind, 'node'>, string> = {
  empty: 'Start to the first answer, empty store',
  full: 'Start to the first answer, existing store',
  cold: 'Start to the first answer, existing store, not in memory',
};

function reportOf(rounds: readonly Round[], mebibytes: number): Report {
  const figures = KINDS.filter((kind) => kind !== 'node').map((kind): Figure => {
    const ratio = median(rounds.map((round) => round[kind] / round.node));
    return {
      name: NAMES[kind],
      at: { store: kind === 'empty' ? 'new' : `${mebibytes} MiB` },
      value: median(rounds.map((round) => round[kind])),
      unit: 'ms',
      reference: { name: 'node -e 0', value: median(rounds.map(({ node }) => node)), ratio },
      ...(kind === 'full' && { wanted: { of: 'value', atMost: 300 } }),
    };
  });
  return {
    title: 'Cold start',
    method:
      'From the start of the process to the first answer over gRPC (List of one session), on SQLite; in turns with a Node that does ' +
      'nothing, its start to its end. Not in memory: the system was told before to forget the file (posix_fadvise).',
    figures,
    plots: [],
  };
}
