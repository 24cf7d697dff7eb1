import { globSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { Measure } from '../bench/support/measure.ts';
import { setup } from '../test/support/servers/share-servers.ts';

// Runs measurements: npm run bench -- <name>… [--quick]. A measurement is bench/<name>.bench.ts, exporting `measure`,
// which prints its figures with the bare limits of the machine beside them.

const suffix = '.bench.ts';
const { values, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false } },
});
const known = globSync(`bench/*${suffix}`)
  .map((file) => basename(file, suffix))
  .sort();
const unknown = names.filter((name) => !known.includes(name));

if (names.length === 0 || unknown.length > 0) {
  for (const name of unknown) console.error(`There is no measurement named ${name}.`);
  console.error(`npm run bench -- <name>… [--quick], with a name of: ${known.join(', ')}`);
  process.exitCode = 2;
} else {
  const stopServers = await setup();
  for (const name of names) {
    const { measure }: { measure: Measure } = await import(pathToFileURL(resolve(`bench/${name}${suffix}`)).href);
    console.log(`# ${name}`);
    await measure({ quick: values.quick });
  }
  await stopServers();
}
