import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';

// Bundles the service into dist/, because a start from hundreds of files takes several times as long. bin/threadkeep.cjs
// runs the bundle as long as the files in dist/sources.json are as they were; otherwise, and without any, the sources.

/** Each thread is one file; the main one is loaded in parts, as the commands and adapters are that are asked for. */
const entries = {
  main: 'src/main.ts',
  'writer-thread': 'src/adapters/sqlite/writer-thread.ts',
  'scanner-thread': 'src/adapters/sqlite/scanner-thread.ts',
};
/** Large, and of use to some only. */
const external = [/^mongodb/, /^@redis\//, /^gpt-tokenizer/];
/** Tells of every change of the packages. */
const packages = 'package-lock.json';

rmSync('dist', { recursive: true, force: true });
try {
  await bundle();
} catch (error) {
  rmSync('dist', { recursive: true, force: true });
  console.error(`The service is not bundled, and starts from its sources: ${error.message}`);
}

async function bundle() {
  const { build } = await import('rolldown');
  const startedAt = Date.now();
  const outputs = await build(Object.entries(entries).map(bundleOf));
  const modules = outputs.flatMap(({ output }) => output.flatMap(({ moduleIds = [] }) => moduleIds));
  const own = modules
    .map((id) => relative('.', id))
    .filter((path) => existsSync(path) && !path.includes('node_modules'));
  const sources = Object.fromEntries([...own, packages].map((path) => [path, statSync(path).mtimeMs]));
  const changed = Object.keys(sources).find((path) => sources[path] >= startedAt);
  if (changed !== undefined) throw new Error(`${changed} changed meanwhile`);
  writeFileSync('dist/sources.json', JSON.stringify(sources));
}

/** CommonJS, which Node loads faster, on the main thread and still more so on others. */
function bundleOf([name, input]) {
  return {
    input: { [name]: input },
    platform: 'node',
    external,
    output: {
      dir: 'dist',
      format: 'cjs',
      entryFileNames: '[name].cjs',
      chunkFileNames: '[name]-[hash].cjs',
      codeSplitting: name === 'main',
      sourcemap: true,
      sourcemapExcludeSources: true,
    },
  };
}
