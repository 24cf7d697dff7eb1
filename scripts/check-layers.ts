import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';

// Checks every import under src/, clients/ and examples/ against the rules of .dependency-cruiser.cjs.
// Fails as well when it read no module of src/, because then the rules have seen nothing.

const folders = ['src', 'clients', 'examples'].filter((folder) => existsSync(folder));
const { output } = await cruise(folders, await extractOptions(resolve('.dependency-cruiser.cjs')));
const { modules, summary } = output as ICruiseResult;

const read = modules.filter(({ source }) => source.startsWith('src/')).length;
for (const { rule, from, to, cycle } of summary.violations) {
  const path = cycle?.map(({ name }) => name).join(' → ') ?? to;
  console.error(`${rule.name}: ${from} → ${path}`);
}
console.log(`${read} modules of src/ read, ${summary.violations.length} imports against the layers.`);
if (read === 0) console.error('No module was read: is src/ there, and can the tool read this version of TypeScript?');
process.exitCode = read === 0 || summary.violations.length > 0 ? 1 : 0;
