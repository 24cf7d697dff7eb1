import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { requireFile, requireTool } from './require.ts';

class Skipped extends Error {}

const context = {
  skip(note: string): never {
    throw new Skipped(note);
  },
};

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'threadkeep-require-'));
  vi.stubEnv('PATH', folder);
  vi.stubEnv('THREADKEEP_REQUIRE_ALL', undefined);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

test('requireTool: returns the path of an executable on PATH', () => {
  const tool = join(folder, 'hammer');
  writeFileSync(tool, '#!/bin/sh\n');
  chmodSync(tool, 0o755);
  expect(requireTool(context, 'hammer', 'buy one')).toBe(tool);
});

test('requireTool: a file that cannot be executed is no tool', () => {
  writeFileSync(join(folder, 'hammer'), '', { mode: 0o644 });
  expect(() => requireTool(context, 'hammer', 'buy one')).toThrow(Skipped);
});

test('requireTool: a missing tool skips the test with the remedy', () => {
  expect(() => requireTool(context, 'hammer', 'buy one')).toThrow(new Skipped('hammer is not installed: buy one'));
});

test('requireTool: a missing tool fails the test where everything is required', () => {
  vi.stubEnv('THREADKEEP_REQUIRE_ALL', '1');
  const ask = () => requireTool(context, 'hammer', 'buy one');
  expect(ask).toThrow('hammer is not installed: buy one');
  expect(ask).not.toThrow(Skipped);
});

test('requireFile: an absent file skips the test even where everything is required', () => {
  vi.stubEnv('THREADKEEP_REQUIRE_ALL', '1');
  expect(() => requireFile(context, join(folder, 'absent'))).toThrow(Skipped);
  expect(requireFile(context, folder)).toBe(folder);
});
