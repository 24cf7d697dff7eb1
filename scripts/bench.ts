import { globSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { CannotMeasure } from '../bench/support/cannot-measure.ts';
import { describeMachine } from '../bench/support/machine.ts';
import type { Measure } from '../bench/support/measure.ts';
import { type Outcome, writeOutcome } from '../bench/support/outcome.ts';
import { boundsOf } from '../bench/support/page.ts';
import { alignRows, tabulate } from '../bench/support/table.ts';
import { ServerMissing } from '../test/support/servers/server-missing.ts';
import { setup } from '../test/support/servers/share-servers.ts';

// Runs measurements and prints their tables: npm run bench -- [<name>…] [--quick] [--output <folder>]. A measurement is
// bench/<name>.bench.ts, exporting `measure`; without names all are run. The page, its plots and the figures as JSON go to
// data/bench, or where --output says: `--output docs` writes docs/performance.md.

const suffix = '.bench.ts';
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, output: { type: 'string', default: 'data/bench' } },
});
const known = globSync(`bench/*${suffix}`)
  .map((file) => basename(file, suffix))
  .sort();
const unknown = positionals.filter((name) => !known.includes(name));

if (unknown.length > 0) {
  for (const name of unknown) console.error(`There is no measurement named ${name}.`);
  console.error(`npm run bench -- [<name>…] [--quick] [--output <folder>], with names of: ${known.join(', ')}`);
  process.exitCode = 2;
} else {
  const command = ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' ');
  const outcome: Outcome = { command, machine: describeMachine(), reports: {}, skipped: {} };
  const stopServers = await setup();
  try {
    for (const name of positionals.length > 0 ? positionals : known) await run(name, outcome);
  } finally {
    await stopServers();
  }
  writeOutcome(outcome, values.output);
  console.log(`\n${boundsOf(Object.values(outcome.reports))} ${values.output}/performance.md is written.`.trimStart());
}

async function run(name: string, outcome: Outcome): Promise<void> {
  const { measure }: { measure: Measure } = await import(pathToFileURL(resolve(`bench/${name}${suffix}`)).href);
  const startedAt = performance.now();
  console.log(`\n# ${name}`);
  try {
    const report = await measure({ quick: values.quick });
    outcome.reports[name] = report;
    console.log(`${report.title}\n${report.method}\n\n${alignRows(tabulate(report.figures))}`);
  } catch (error) {
    if (!(error instanceof CannotMeasure || error instanceof ServerMissing)) throw error;
    outcome.skipped[name] = error.message;
    console.log(`skipped: ${error.message}`);
    if (process.env.THREADKEEP_REQUIRE_ALL === '1') process.exitCode = 1;
  }
  console.log(`(${((performance.now() - startedAt) / 1000).toFixed(0)} s)`);
}
