import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Generates the code of proto/ beside the repository and fails when gen/ is not the same, file by file.

const fresh = mkdtempSync(join(tmpdir(), 'threadkeep-gen-'));
try {
  execFileSync('buf', ['generate', '--output', fresh], { stdio: 'inherit' });
  const files = new Set([...generatedFiles('.'), ...generatedFiles(fresh)]);
  const stale = [...files].filter((file) => textOf(file) !== textOf(join(fresh, file)));
  for (const file of stale) console.error(`${file} differs from what proto/ generates`);
  if (files.size === 0 || stale.length > 0) {
    console.error('Run `npm run generate` and commit gen/.');
    process.exitCode = 1;
  } else {
    console.log(`gen/ is up to date: ${files.size} files.`);
  }
} finally {
  rmSync(fresh, { recursive: true });
}

function generatedFiles(root: string): string[] {
  return globSync('gen/**/*.ts', { cwd: root });
}

function textOf(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
