import { existsSync } from 'node:fs';
import { composeStore } from '../../compose.ts';
import { ValueFault } from '../../config/kind.ts';
import type { Configuration } from '../../config/settings.ts';
import { formatStoreAddress, parseStoreAddress, type StoreAddress } from '../../config/store-address.ts';
import { type Command, type Invocation, UsageError } from '../command.ts';
import { type Terminal, writeLine } from '../terminal.ts';
import { runContract, type TopicResult } from './run-contract.ts';
import { scratchHarness } from './scratch-harness.ts';

/** `threadkeep check-store`: reads a store through, and shows that its kind keeps the contract on this machine. */
export const checkStoreCommand: Command = {
  name: 'check-store',
  summary: 'Reads a store through and shows that its kind keeps its promises here.',
  usage: '[options] [STORE]',
  description:
    'Reads everything in the store, sqlite:PATH for one (default: the one of the settings), and names what is broken with ' +
    'the remedy; the service that uses it must be stopped. Then runs the contract that every store has to keep against ' +
    'empty stores of the same kind in a temporary folder. Exit code 1 when anything was found.',
  options: [
    { name: 'data-only', effect: 'Only read the store through.' },
    { name: 'contract-only', effect: 'Only run the contract.' },
  ],
  settingGroups: ['Store'],
  operands: { min: 0, max: 1 },
  run: checkStore,
};

async function checkStore({ loaded, options, operands, terminal }: Invocation): Promise<number> {
  const { configuration } = loaded;
  const [given] = operands;
  const address = given === undefined ? configuration.store : parseAddress(given);
  if (given !== undefined && isMissing(address)) throw new UsageError(`${address.path} is not there: name a store`);
  const { durability } = configuration;
  let isSound = true;
  if (!options.has('contract-only')) isSound = (await checkData({ address, durability }, terminal)) && isSound;
  if (!options.has('data-only')) isSound = (await checkContract({ address, durability }, terminal)) && isSound;
  return isSound ? 0 : 1;
}

type Target = { address: StoreAddress; durability: Configuration['durability'] };

async function checkData({ address, durability }: Target, terminal: Terminal): Promise<boolean> {
  const name = formatStoreAddress(address);
  if (address.adapter === 'memory' || isMissing(address)) {
    writeLine(terminal.stdout, `${name}: there is no data to read through`);
    return true;
  }
  const store = await composeStore({ store: address, durability });
  try {
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

async function checkContract({ address, durability }: Target, terminal: Terminal): Promise<boolean> {
  const harness = scratchHarness(address, durability);
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
    return failed === 0;
  } finally {
    harness.remove();
  }
}

function rowOf({ topic, passed, skipped, failures }: TopicResult): string {
  const counts = [`${passed} kept`.padStart(9), `${failures.length} broken`.padStart(10)];
  return `  ${topic.padEnd(24)}${counts.join('')}${skipped === 0 ? '' : `, ${skipped} left to the tests of the adapter`}`;
}

function parseAddress(given: string): StoreAddress {
  try {
    return parseStoreAddress(given);
  } catch (error) {
    if (error instanceof ValueFault) throw new UsageError(`${JSON.stringify(given)}: ${error.message}`);
    throw error;
  }
}

function isMissing(address: StoreAddress): address is Extract<StoreAddress, { adapter: 'sqlite' }> {
  return address.adapter === 'sqlite' && !existsSync(address.path);
}
