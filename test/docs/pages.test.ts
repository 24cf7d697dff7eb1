import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';

const pages = globSync(['*.md', 'docs/**/*.md', 'src/**/*.md']);
const scripts: Record<string, string> = JSON.parse(readFileSync('package.json', 'utf8')).scripts;

/** A folder or file of this repository, as pages write it: `src/model/`, `docs/errors.md`. */
const PATH = /`((?:src|test|proto|gen|docs|examples|scripts|bench|deploy)\/[\w./-]*)`/g;

describe.each(pages)('%s', (page) => {
  const text = readFileSync(page, 'utf8');

  test('pages: links lead to files that are there', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map((match) => join(dirname(page), match[1]!));
    expect(links.filter((path) => !existsSync(path))).toEqual([]);
  });

  test('pages: paths that are named are there', () => {
    const paths = [...text.matchAll(PATH)].map((match) => match[1]!);
    expect(paths.filter((path) => !existsSync(path))).toEqual([]);
  });

  test('pages: scripts that are named can be run', () => {
    const named = [...text.matchAll(/npm run ([\w:-]+)/g)].map((match) => match[1]!);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });
});

test('ARCHITECTURE.md: is at most 150 lines long', () => {
  expect(readFileSync('ARCHITECTURE.md', 'utf8').split('\n').length).toBeLessThanOrEqual(150);
});
