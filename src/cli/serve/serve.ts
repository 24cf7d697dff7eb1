import cluster from 'node:cluster';
import { composeLogger, composeService, type Parts } from '../../compose.ts';
import { type Configuration, SETTING_GROUPS } from '../../config/settings.ts';
import { type Command, type Invocation, UsageError } from '../command.ts';
import { onFirstStop, type Terminal, writeLine } from '../terminal.ts';
import { banner } from './banner.ts';
import { WorkerLink } from './worker-link.ts';
import type { UpFacts } from './worker-messages.ts';
import { WorkerProcesses } from './worker-processes.ts';

/** `threadkeep serve`: runs the service until SIGTERM or SIGINT. */
export const serveCommand: Command = {
  name: 'serve',
  summary: 'Runs the service.',
  usage: '[options]',
  description:
    'Runs the service until SIGTERM or SIGINT, which let calls in flight finish; a second signal ends it at once.',
  options: [],
  settingGroups: SETTING_GROUPS.map(({ title }) => title),
  operands: { min: 0, max: 0 },
  run: serve,
};

async function serve({ loaded: { configuration }, terminal }: Invocation): Promise<number> {
  if (cluster.isWorker) return serveAsWorker(configuration);
  if (configuration.workers > 1) return serveByWorkers(configuration, terminal);
  const stopped = new Promise<string>((resolve) => onFirstStop(terminal, resolve));
  const serving = await open(configuration);
  tellBanner(configuration, serving.facts, terminal);
  tellStop(await stopped, terminal);
  await serving.end();
  return 0;
}

async function serveByWorkers(configuration: Configuration, terminal: Terminal): Promise<number> {
  const stopped = new Promise<string>((resolve) => onFirstStop(terminal, resolve));
  const workers = new WorkerProcesses({ count: configuration.workers, logger: await composeLogger(configuration) });
  const up = await workers.start();
  if (up === null) return 2;
  tellBanner(configuration, up, terminal);
  tellStop(await stopped, terminal);
  await workers.stop();
  return 0;
}

async function serveAsWorker(configuration: Configuration): Promise<number> {
  const link = new WorkerLink();
  try {
    const serving = await open(configuration, { group: link });
    link.tellUp(serving.facts);
    await link.stopped;
    await serving.end();
    return 0;
  } finally {
    link.letGo();
  }
}

interface Serving {
  facts: UpFacts;
  end(): Promise<void>;
}

async function open(configuration: Configuration, parts: Parts = {}): Promise<Serving> {
  const service = await composeService(configuration, parts).catch((error) => {
    throw refusalOf(error, configuration);
  });
  return {
    facts: { port: service.address.port, storeDescription: service.engine.store.description },
    async end() {
      await service.drain();
      await service.close();
    },
  };
}

function tellBanner(configuration: Configuration, facts: UpFacts, { stdout }: Terminal): void {
  writeLine(stdout, banner({ configuration, ...facts }));
}

function tellStop(signal: string, { stderr }: Terminal): void {
  writeLine(stderr, `${signal}: calls in flight may finish; a second signal ends the service at once`);
}

function refusalOf(error: unknown, { host, port }: { host: string; port: number }): unknown {
  const { code = '', path, syscall, message } = error as NodeJS.ErrnoException;
  if (syscall === 'open') {
    return new UsageError(`${path} cannot be read (${code}): name a file that this user may read`);
  }
  if (code.startsWith('ERR_OSSL')) {
    return new UsageError(`tls-cert and tls-key are no certificate with its key (${message}): give both as PEM`);
  }
  const remedies: Record<string, string> = {
    EADDRINUSE: `port ${port} is in use on ${host}: stop the other program, or choose another with --port (0 = any free one)`,
    EACCES: `port ${port} needs rights that this user has not: choose one above 1023 with --port`,
    EADDRNOTAVAIL: `${host} is no address of this machine: choose one with --host`,
    ENOTFOUND: `${host} is not known: choose an address of this machine with --host`,
  };
  const remedy = remedies[code];
  return remedy === undefined ? error : new UsageError(remedy);
}
