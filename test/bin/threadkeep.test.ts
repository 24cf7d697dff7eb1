import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

describe('bin/threadkeep.cjs', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'threadkeep-bin-'));
    cpSync('bin', join(folder, 'bin'), { recursive: true });
    write('package.json', '{"type": "module"}');
    write('src/main.ts', 'const runs: string = "the sources"; console.log(runs);');
    write('dist/main.cjs', 'console.log("the bundle");');
    write('dist/sources.json', JSON.stringify({ 'src/main.ts': statSync(join(folder, 'src/main.ts')).mtimeMs }));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('runs the bundle while its sources are as they were', () => {
    expect(run()).toBe('the bundle\n');
  });

  it('runs the sources once one of them changed, be it to an older one', () => {
    const hourAgo = Date.now() / 1000 - 3600;
    utimesSync(join(folder, 'src/main.ts'), hourAgo, hourAgo);
    expect(run()).toBe('the sources\n');
  });

  it('runs the sources once one that was bundled is gone', () => {
    write('dist/sources.json', JSON.stringify({ 'src/gone.ts': 0 }));
    expect(run()).toBe('the sources\n');
  });

  it('runs the sources where nothing was bundled', () => {
    rmSync(join(folder, 'dist'), { recursive: true });
    expect(run()).toBe('the sources\n');
  });

  function write(path: string, text: string): void {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }

  function run(): string {
    return execFileSync(process.execPath, [join(folder, 'bin/threadkeep.cjs')], { encoding: 'utf8' });
  }
});
