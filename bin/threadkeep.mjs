#!/usr/bin/env node
import './require-node.mjs';
import { readFileSync, statSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

// Starts Threadkeep from its bundle, which scripts/bundle.mjs makes, or from the sources where there is none, or one of
// its sources changed since. Plain JavaScript: to strip the types of a single file takes as long as all else here.

const root = fileURLToPath(new URL('..', import.meta.url));

// Threads find the cache by the environment.
const { directory } = module.enableCompileCache();
if (directory !== undefined) process.env.NODE_COMPILE_CACHE = directory;

if (isBundleFresh()) {
  // So that stacks name the sources.
  process.setSourceMapsEnabled(true);
  module.createRequire(import.meta.url)('../dist/main.cjs');
} else {
  await import('../src/main.ts');
}

function isBundleFresh() {
  try {
    const sources = JSON.parse(readFileSync(`${root}dist/sources.json`, 'utf8'));
    return Object.entries(sources).every(([path, modifiedAt]) => statSync(root + path).mtimeMs === modifiedAt);
  } catch {
    return false;
  }
}
