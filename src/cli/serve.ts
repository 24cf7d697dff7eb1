import { composeService } from '../compose.ts';
import { SETTING_GROUPS } from '../config/settings.ts';
import { banner } from './banner.ts';
import { type Command, type Invocation, UsageError } from './command.ts';
import { onFirstStop, writeLine } from './terminal.ts';

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
  const stopped = new Promise<string>((resolve) => onFirstStop(terminal, resolve));
  const service = await composeService(configuration).catch((error) => {
    throw refusalOf(error, configuration);
  });
  const { address, engine } = service;
  const facts = { configuration, port: address.port, storeDescription: engine.store.description };
  writeLine(terminal.stdout, banner(facts));
  writeLine(terminal.stderr, `${await stopped}: calls in flight may finish; a second signal ends the service at once`);
  await service.drain();
  await service.close();
  return 0;
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
