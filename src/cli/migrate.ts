import { openMongoTools } from '../compose/mongo-tools.ts';
import { formatStoreAddress } from '../config/store-address.ts';
import type { Command, Invocation } from './command.ts';
import { writeLine } from './terminal.ts';

/** `threadkeep migrate`: brings the schema of a MongoDB database to this version. */
export const migrateCommand: Command = {
  name: 'migrate',
  summary: 'Brings the indexes and the schema of a database to this version.',
  usage: '[options]',
  description:
    'Makes what is missing and drops what is obsolete in the MongoDB database of the settings, while instances serve. ' +
    'Instances do it by themselves unless migrate=manual. It can be run at any time, and at several places at once. A ' +
    'SQLite file is always brought to its version when it is opened.',
  options: [{ name: 'check', effect: 'Change nothing; exit code 1 when there is something to do.' }],
  settingGroups: ['Store'],
  operands: { min: 0, max: 0 },
  run: migrate,
};

async function migrate({ loaded, options, terminal: { stdout } }: Invocation): Promise<number> {
  const { store } = loaded.configuration;
  if (store.adapter !== 'mongodb') {
    writeLine(stdout, `${formatStoreAddress(store)}: nothing to do: an embedded store has its version when it is open`);
    return 0;
  }
  const tools = await openMongoTools(store);
  try {
    if (options.has('check')) {
      const { version, expected, missing, obsolete } = (await tools.inspect()).schema;
      const isDue = version !== expected || missing.length + obsolete.length > 0;
      writeLine(stdout, `${tools.description}: schema ${version}, this version needs ${expected}`);
      tellIndexes({ missing, obsolete }, stdout);
      return isDue ? 1 : 0;
    }
    const { fromVersion, toVersion, created, dropped } = await tools.migrate();
    writeLine(stdout, `${tools.description}: schema ${fromVersion} → ${toVersion}`);
    tellIndexes({ created, dropped }, stdout);
    return 0;
  } finally {
    await tools.close();
  }
}

function tellIndexes(indexes: Record<string, readonly string[]>, stdout: Invocation['terminal']['stdout']): void {
  for (const [what, names] of Object.entries(indexes)) {
    for (const name of names) writeLine(stdout, `  ${what.padEnd(9)}${name}`);
  }
}
