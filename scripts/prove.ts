import { globSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { type Proof, randomSeed, runProof } from '../test/support/proof.ts';
import { setup } from '../test/support/servers/share-servers.ts';

// Runs proofs at their full count and prints seed and figures: npm run prove -- <name>… [--count N] [--seed N].
// A proof is test/proofs/<name>.proof.ts; `npm test` runs the same code at its short count.

const suffix = '.proof.ts';
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { count: { type: 'string' }, seed: { type: 'string' } },
});
const known = globSync(`test/proofs/*${suffix}`)
  .map((file) => basename(file, suffix))
  .sort();
const unknown = positionals.filter((name) => !known.includes(name));

if (positionals.length === 0 || unknown.length > 0) {
  for (const name of unknown) console.error(`There is no proof named ${name}.`);
  console.error(`npm run prove -- <name>… [--count N] [--seed N], with a name of: ${known.join(', ')}`);
  process.exitCode = 2;
} else {
  const stopServers = await setup();
  for (const name of positionals) await prove(name);
  await stopServers();
}

async function prove(name: string): Promise<void> {
  const { proof }: { proof: Proof } = await import(pathToFileURL(resolve(`test/proofs/${name}${suffix}`)).href);
  const count = Number(values.count ?? proof.counts.full);
  const seed = Number(values.seed ?? randomSeed());
  console.log(`${name}: ${proof.claim}\n  count ${count}, seed ${seed}`);
  const startedAt = performance.now();
  try {
    const figures = await runProof(proof, { count, seed, log: (line) => console.log(`  … ${line}`) });
    for (const [figure, value] of Object.entries(figures)) console.log(`  ${figure}: ${value}`);
    console.log(`  holds, after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  } catch (failure) {
    console.error(failure);
    console.error(`  does NOT hold: npm run prove -- ${name} --count ${count} --seed ${seed}`);
    process.exitCode = 1;
  }
}
