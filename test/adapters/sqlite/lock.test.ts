import { symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { openSqliteStore } from '../../../src/adapters/sqlite/store.ts';
import { addSession, holdInProcess, kill, sequencesOf, temporaryFolder } from './harness.ts';

const folder = temporaryFolder();

test('a file that another process holds is refused with its pid, its address and the remedy', async () => {
  const path = join(folder, 'held.db');
  const holder = await holdInProcess(path, 0);
  try {
    const refusal = await openSqliteStore({ path }).catch((error) => error);
    expect(refusal).toMatchObject({ name: 'SessionError', reason: 'STORE_UNAVAILABLE' });
    expect(refusal.message).toContain(path);
    expect(refusal.message).toContain(`process ${holder.pid}`);
    expect(refusal.message).toContain('http://127.0.0.1:7420');
    expect(refusal.message).toContain('give another path');
  } finally {
    await kill(holder);
  }
});

test('a file whose holder was killed is free at once, with all that was answered', async () => {
  const path = join(folder, 'killed.db');
  await kill(await holdInProcess(path, 5));
  const store = await openSqliteStore({ path });
  for (const sessionId of ['s1', 's2', 's3', 's4', 's5']) {
    expect(await sequencesOf(store, sessionId)).toEqual([1, 2, 3]);
  }
  await store.close();
});

test('relative paths and links name the same file', async () => {
  const path = join(folder, 'one.db');
  const store = await openSqliteStore({ path });
  const link = join(folder, 'link.db');
  symlinkSync(path, link);
  await expect(openSqliteStore({ path: link })).rejects.toThrow('is in use by process');
  await expect(openSqliteStore({ path: relative('.', path) })).rejects.toThrow('is in use by process');
  await store.close();
  await (await openSqliteStore({ path: link })).close();
});

test('a store that was closed gives its file to the next one', async () => {
  const path = join(folder, 'next.db');
  const first = await openSqliteStore({ path });
  await addSession(first, 's', 2);
  await first.close();
  const second = await openSqliteStore({ path });
  expect(await sequencesOf(second, 's')).toEqual([1, 2]);
  await second.close();
});
