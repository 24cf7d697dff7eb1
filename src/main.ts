#!/usr/bin/env node
import module from 'node:module';

const OLDEST_NODE = 24;

if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
  console.error(
    `Threadkeep needs Node ${OLDEST_NODE} or newer; this is ${process.version}.\n` +
      'Start it through npm, which uses the Node among the dependencies: npm start, npx threadkeep.',
  );
  process.exitCode = 2;
} else {
  // Threads find the cache by the environment.
  const { directory } = module.enableCompileCache();
  if (directory !== undefined) process.env.NODE_COMPILE_CACHE = directory;
  const { processTerminal } = await import('./cli/terminal.ts');
  const { runCommandLine } = await import('./cli/run-command-line.ts');
  process.exitCode = await runCommandLine(process.argv.slice(2), processTerminal());
}
