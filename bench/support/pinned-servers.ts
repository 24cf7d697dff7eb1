import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DescMethod } from '@bufbuild/protobuf';
import { type ServiceProcess, startServiceProcess } from '../../test/support/service-process.ts';
import { pinned, SERVER_CORE } from './pin.ts';
import type { Scratch } from './scratch.ts';

const KEY = 'key-of-the-benchmark';

/** AUTHORIZATION is what every call of a service that is measured brings. */
export const AUTHORIZATION = { authorization: `Bearer ${KEY}` };

/** Served is a server that is measured. */
export type Served = Pick<ServiceProcess, 'baseUrl' | 'pid'>;

/** How a service differs from one as it comes, on one core. */
export interface ServiceForm {
  lane?: 'on' | 'off';
  durability?: 'full' | 'normal';
  cores?: readonly number[];
}

/** Starts the service on a SQLite file of its own, with API keys, and all else as it comes: full text, events, metrics. */
export async function startPinnedService({ folder, ending }: Scratch, form: ServiceForm = {}): Promise<Served> {
  const { lane = 'on', durability = 'full', cores = [SERVER_CORE] } = form;
  const keys = join(folder, 'keys');
  writeFileSync(keys, `${KEY}:bench\n`);
  const store = `sqlite:${mkdtempSync(join(folder, 'store-'))}/threadkeep.db`;
  const settings = ['--store', store, '--durability', durability, '--lane', lane, '--api-keys-file', keys];
  const service = await startServiceProcess(settings, { command: [...pinned(...cores), process.execPath] });
  ending.defer(async () => void (await service.stop()));
  return service;
}

/** Starts the bare limit of methods: a server on one core that has one answer for each, whatever it is asked. */
export async function startBareServer(
  { folder, ending }: Scratch,
  answers: ReadonlyMap<DescMethod, Uint8Array>,
): Promise<Served> {
  const files = [...answers].map(([{ localName }, answer]) => {
    const file = join(folder, `answer-${localName}`);
    writeFileSync(file, answer);
    return `${localName}=${file}`;
  });
  const [program = '', ...before] = [...pinned(SERVER_CORE), process.execPath];
  const child = spawn(program, [...before, 'bench/support/bare-server.ts', ...files], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  ending.defer(async () => {
    const exited = once(child, 'exit');
    child.kill();
    await exited;
  });
  const [port] = await once(child.stdout, 'data');
  return { baseUrl: `http://127.0.0.1:${String(port).trim()}`, pid: child.pid! };
}
