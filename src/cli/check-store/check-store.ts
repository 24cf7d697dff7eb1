import { existsSync } from 'node:fs';
import { composeBareStore, type StoreConfiguration } from '../../compose/compose-store.ts';
import { openMongoTools } from '../../compose/mongo-tools.ts';
import { formatStoreAddress, type MongoAddress, type StoreAddress } from '../../config/store-address.ts';
import { type Command, type Invocation, UsageError } from '../command.ts';
import { parseStoreOperand } from '../store-operand.ts';
import { tableLines } from '../table-lines.ts';
import { type Terminal, writeLine } from '../terminal.ts';
import { runContract, type TopicResult } from './run-contract.ts';
import { scratchAddress, scratchHarness } from './scratch-harness.ts';

/** `threadkeep check-store`: reads a store through, and shows that its kind keeps the contract on this machine. */
export const checkStoreCommand: Command = {
  name: 'check-store',
  summary: 'Reads a store through and shows that its kind keeps its promises here.',
  usage: '[options] [STORE]',
  description:
    'Reads everything in the store, sqlite:PATH or mongodb://… (default: the one of the settings), and names what is ' +
    'broken with the remedy; the service that uses a SQLite file must be stopped. Then runs the contract that every ' +
    'store has to keep: for SQLite in a temporary folder, for MongoDB in a scratch database on the same server, which it ' +
    'makes and drops, with a table of what that server can do. Exit code 1 when anything was found.',
  options: [
    { name: 'data-only', effect: 'Only read the store through.' },
    { name: 'contract-only', effect: 'Only run the contract.' },
  ],
  settingGroups: ['Store'],
  operands: { min: 0, max: 1 },
  run: checkStore,
};

async function checkStore({ loaded, options, operands, terminal }: Invocation): Promise<number> {
  const [given] = operands;
  const store = given === undefined ? loaded.configuration.store : parseStoreOperand(given);
  if (given !== undefined && isMissing(store)) throw new UsageError(`${store.path} is not there: name a store`);
  const configuration = { ...loaded.configuration, store };
  let isSound = true;
  if (!options.has('contract-only')) isSound = (await checkData(configuration, terminal)) && isSound;
  if (!options.has('data-only')) isSound = (await checkContract(configuration, terminal)) && isSound;
  return isSound ? 0 : 1;
}

async function checkData(configuration: StoreConfiguration, terminal: Terminal): Promise<boolean> {
  const name = formatStoreAddress(configuration.store);
  if (await isEmpty(configuration.store)) {
    writeLine(terminal.stdout, `${name}: there is no data to read through`);
    return true;
  }
  const store = await composeBareStore({ ...configuration, migrate: 'manual' });
  try {
    if (!store.isExclusive) await store.check();
    let findings = 0;
    for await (const { what, remedy } of store.verify()) {
      findings += 1;
      writeLine(terminal.stdout, `${name}: ${what}: ${remedy}`);
    }
    writeLine(terminal.stdout, findings === 0 ? `${name}: sound` : `${name}: broken in ${findings} places`);
    return findings === 0;
  } finally {
    await store.close();
  }
}

async function checkContract(configuration: StoreConfiguration, terminal: Terminal): Promise<boolean> {
  const { store } = configuration;
  const isAble = store.adapter !== 'mongodb' || (await checkCapabilities(store, terminal));
  const harness = scratchHarness(configuration);
  try {
    const results: TopicResult[] = [];
    for await (const result of runContract(harness)) {
      results.push(result);
      writeLine(terminal.stdout, rowOf(result));
      for (const { title, reason } of result.failures) writeLine(terminal.stdout, `    ${title}: ${reason}`);
    }
    const failed = results.reduce((sum, { failures }) => sum + failures.length, 0);
    const passed = results.reduce((sum, result) => sum + result.passed, 0);
    writeLine(terminal.stdout, `contract: ${passed} promises kept, ${failed} broken`);
    return failed === 0 && isAble;
  } finally {
    await harness.remove();
  }
}

/** Answers whether the server can do all that the store needs. */
async function checkCapabilities(server: MongoAddress, { stdout }: Terminal): Promise<boolean> {
  const tools = await openMongoTools(scratchAddress(server));
  try {
    const capabilities = await tools.probe();
    const mark = (isThere: boolean, isNeeded: boolean) => (isThere ? 'yes' : isNeeded ? 'MISSING' : 'no');
    const rows = capabilities.map(({ name, isThere, isNeeded, note }) => [`  ${name}`, mark(isThere, isNeeded), note]);
    for (const line of tableLines(rows)) writeLine(stdout, line);
    return capabilities.every(({ isThere, isNeeded }) => isThere || !isNeeded);
  } finally {
    await tools.drop().finally(() => tools.close());
  }
}

function rowOf({ topic, passed, skipped, failures }: TopicResult): string {
  const counts = [`${passed} kept`.padStart(9), `${failures.length} broken`.padStart(10)];
  return `  ${topic.padEnd(24)}${counts.join('')}${skipped === 0 ? '' : `, ${skipped} left to the tests of the adapter`}`;
}

/** A database is made by its first use. */
async function isEmpty(address: StoreAddress): Promise<boolean> {
  if (address.adapter !== 'mongodb') return address.adapter === 'memory' || isMissing(address);
  const tools = await openMongoTools(address);
  try {
    return (await tools.inspect()).schema.version === 0;
  } finally {
    await tools.close();
  }
}

function isMissing(address: StoreAddress): address is Extract<StoreAddress, { adapter: 'sqlite' }> {
  return address.adapter === 'sqlite' && !existsSync(address.path);
}
