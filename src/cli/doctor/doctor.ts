import { existsSync } from 'node:fs';
import { composeBareStore } from '../../compose/compose-store.ts';
import { openMongoTools } from '../../compose/mongo-tools.ts';
import type { Configuration } from '../../config/settings.ts';
import { formatStoreAddress, SQLITE_MEMORY } from '../../config/store-address.ts';
import { SessionError } from '../../model/session-error.ts';
import type { Store } from '../../ports/store.ts';
import type { Command, Invocation } from '../command.ts';
import { tableLines } from '../table-lines.ts';
import { writeLine } from '../terminal.ts';
import { examineCache } from './examine-cache.ts';
import { examineDatabase } from './examine-database.ts';
import { examineStore } from './examine-store.ts';
import { type Finding, judge } from './finding.ts';

/** `threadkeep doctor`: looks at what the service stands on, and names a remedy for whatever is wrong. */
export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'Looks at store and cache, and names a remedy for whatever is wrong.',
  usage: '[options]',
  description:
    'Looks at what the settings name: whether store and cache answer, the server’s version, schema and indexes, the ' +
    'clock, which instances are alive, what waits to be swept, moved on or logged, and what belongs to no session. It ' +
    'changes nothing, and is cheap on a store of any size; a SQLite file must not be in use. Exit code 1 when something ' +
    'is broken; hints alone leave it 0.',
  options: [],
  settingGroups: ['Store'],
  operands: { min: 0, max: 0 },
  run: doctor,
};

async function doctor({ loaded: { configuration }, terminal: { stdout } }: Invocation): Promise<number> {
  const findings = await examine(configuration);
  for (const line of tableLines(findings.map(({ level, subject, what }) => [level, subject, what]))) {
    writeLine(stdout, line);
  }
  const wrong = findings.filter((finding) => finding.level !== 'fine');
  if (wrong.length > 0) writeLine(stdout, '');
  for (const { subject, remedy } of wrong) writeLine(stdout, `${subject}: ${remedy}`);
  return findings.some(isBroken) ? 1 : 0;
}

function isBroken({ level }: Finding): boolean {
  return level === 'broken';
}

async function examine(configuration: Configuration): Promise<Finding[]> {
  const { store: address } = configuration;
  if (address.adapter === 'sqlite' && address.path !== SQLITE_MEMORY && !existsSync(address.path)) {
    return [judge('store', `${address.path} is not there`, { level: 'hint', remedy: '`threadkeep serve` makes it' })];
  }
  try {
    const store = await composeBareStore({ ...configuration, migrate: 'manual' });
    try {
      return await examineOpen(store, configuration);
    } finally {
      await store.close();
    }
  } catch (error) {
    return [unavailable(formatStoreAddress(configuration.store), error)];
  }
}

async function examineOpen(store: Store, configuration: Configuration): Promise<Finding[]> {
  const reach = await examineReach(store);
  if (isBroken(reach)) return [reach, ...(await examineShared(configuration))];
  const findings = [reach];
  if (configuration.store.adapter !== 'mongodb') return [...findings, ...(await examineStore(store))];
  const tools = await openMongoTools(configuration.store);
  try {
    const now = await store.presence.now();
    findings.push(...(await examineDatabase(tools, now)));
    findings.push(...(await examineStore(store)));
  } catch (error) {
    // Under another schema than its own a store serves nothing: that is told already, with its remedy.
    if (!findings.some(isBroken)) findings.push(unavailable(store.description, error));
  } finally {
    await tools.close();
  }
  return [...findings, ...(await examineShared(configuration))];
}

async function examineShared(configuration: Configuration): Promise<Finding[]> {
  return configuration.store.adapter === 'mongodb' ? [await examineCache(configuration)] : [];
}

async function examineReach(store: Store): Promise<Finding> {
  const startedMs = performance.now();
  try {
    await store.presence.now();
    return judge('store', `${store.description} answers in ${Math.ceil(performance.now() - startedMs)} ms`);
  } catch (error) {
    return unavailable(store.description, error);
  }
}

/** What a store says of itself already names the remedy. */
function unavailable(place: string, error: unknown): Finding {
  if (!(error instanceof SessionError)) throw error;
  const remedy = `${error.message}; see that it runs, and that the address is right`;
  return judge('store', `${place} cannot be used`, { level: 'broken', remedy });
}
