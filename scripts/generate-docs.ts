import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { configurationPage } from './docs/configuration-page.ts';
import { errorsPage } from './docs/errors-page.ts';
import { drawLayers } from './docs/layer-picture.ts';
import { tabulateMetrics } from './docs/metrics-table.ts';
import { quoteExamples } from './docs/quote-examples.ts';

// Writes the pages, and the parts of pages, that are made from code. With --check it writes nothing, and fails when a
// page is not as it would be written.

const isCheck = process.argv.includes('--check');
const pages: Record<string, string> = {
  'docs/configuration.md': configurationPage(),
  'docs/errors.md': errorsPage(),
  'docs/operations.md': tabulateMetrics(readFileSync('docs/operations.md', 'utf8')),
  'README.md': quoteExamples(readFileSync('README.md', 'utf8')),
  'ARCHITECTURE.md': await drawLayers(readFileSync('ARCHITECTURE.md', 'utf8')),
};

for (const [path, text] of Object.entries(pages)) {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  if (!isCheck) {
    writeFileSync(path, text);
    console.log(`${path} written.`);
  } else {
    console.error(`${path} differs from what the code says: run \`npm run generate\` and commit it.`);
    process.exitCode = 1;
  }
}
if (isCheck && process.exitCode === undefined) console.log(`${Object.keys(pages).length} pages are up to date.`);
