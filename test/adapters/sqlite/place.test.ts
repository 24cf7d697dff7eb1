import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSqliteStore } from '../../../src/adapters/sqlite/store.ts';
import { refusal } from '../../support/test-engine.ts';

test('the folders of a new file are made', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'threadkeep-place-'));
  const path = join(folder, 'deep', 'deeper', 'threadkeep.db');
  const store = await openSqliteStore({ path });
  await store.close();
  expect(existsSync(path)).toBe(true);
  await rm(folder, { recursive: true });
});

test.each([
  ['in a folder that cannot be made', '/proc/threadkeep/threadkeep.db'],
  ['below what is no folder', '/dev/null/threadkeep.db'],
  ['that is a folder', tmpdir()],
])('a path %s is refused with the remedy', async (_, path) => {
  const message = expect.stringMatching(/cannot be used.*give a path in a folder that this user may write/);
  await expect(openSqliteStore({ path })).rejects.toEqual(refusal('STORE_UNAVAILABLE', { message }));
});
