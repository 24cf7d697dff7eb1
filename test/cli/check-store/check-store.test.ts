import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { run } from '../test-terminal.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'threadkeep-check-'));
  path = join(folder, 'threadkeep.db');
  const conversation = { id: 'a', messages: [{ role: 'user', content: 'hello' }] };
  writeFileSync(join(folder, '1.jsonl'), JSON.stringify(conversation));
  await run(['import', '--store', `sqlite:${path}`, join(folder, '1.jsonl')]);
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('check-store: a sound store is said to be sound', async () => {
  expect(await run(['check-store', '--data-only', `sqlite:${path}`])).toEqual({
    code: 0,
    stdout: `sqlite:${path}: sound\n`,
    stderr: '',
  });
});

test('check-store: a changed message is named, with exit code 1', async () => {
  const database = new DatabaseSync(path);
  database.exec("UPDATE messages SET body = CAST(replace(CAST(body AS TEXT), 'hello', 'jello') AS BLOB)");
  database.close();
  const { code, stdout } = await run(['check-store', '--data-only', `sqlite:${path}`]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/messages.*checksum|checksum.*messages/i);
  expect(stdout).toMatch(/broken in \d+ places/);
});

test('check-store: a store that is not there, or is none, is refused', async () => {
  const missing = await run(['check-store', `sqlite:${join(folder, 'none.db')}`]);
  expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('none.db is not there')]);
  const unknown = await run('check-store redis://localhost');
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('not a store that is available')]);
});

test('check-store: the memory store keeps the contract', async () => {
  const { code, stdout } = await run('check-store memory:');
  expect([code, stdout]).toEqual([0, expect.stringMatching(/contract: \d{3} promises kept, 0 broken\n$/)]);
  expect(stdout).toMatch(/ {2}lifecycle +\d+ kept +0 broken/);
});
