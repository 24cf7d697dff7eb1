import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { openSqliteStore } from '../../../src/adapters/sqlite/store.ts';
import { sampleRecordedCall } from '../../../src/contract/samples.ts';
import { changesWith } from '../../../src/model/basis.ts';
import type { Store } from '../../../src/ports/store.ts';
import { addSession, sequencesOf, TENANT, temporaryFolder } from './harness.ts';

const folder = temporaryFolder();

async function bury(store: Store, sessionId: string): Promise<void> {
  const basis = await store.sessions.load(TENANT, sessionId, {});
  const header = { ...basis.header!, rev: basis.header!.rev + 1, isTombstone: true };
  expect(await store.sessions.commit(basis, changesWith(header), [])).toBe('committed');
}

function rowsOf(path: string, table: string): number {
  const database = new DatabaseSync(path, { readOnly: true });
  const row = database.prepare(`SELECT count(*) AS count FROM ${table}`).get();
  database.close();
  return Number(row?.count);
}

test('what hung on a gone life is removed in steps, down to its search terms, and nothing else', async () => {
  const path = join(folder, 'gone.db');
  const store = await openSqliteStore({ path });
  await addSession(store, 'kept', 10);
  await addSession(store, 'gone', 30);
  const basis = await store.sessions.load(TENANT, 'gone', {});
  const header = { ...basis.header!, rev: basis.header!.rev + 1 };
  const changes = { state: { a: 1 }, recorded: [sampleRecordedCall(1)], claims: ['key'] };
  await store.sessions.commit(basis, changesWith(header, changes), []);
  await bury(store, 'gone');
  expect(await store.collectGarbage(20)).toBe(20);
  expect(rowsOf(path, 'messages')).toBe(20);
  expect(await store.collectGarbage(1000)).toBeGreaterThan(10);
  expect(await store.collectGarbage(1000)).toBe(0);
  expect([rowsOf(path, 'messages'), rowsOf(path, 'terms')]).toEqual([10, 10]);
  expect(['state', 'request_ids', 'claims', 'garbage'].map((table) => rowsOf(path, table))).toEqual([0, 0, 0, 0]);
  expect(await sequencesOf(store, 'kept')).toHaveLength(10);
  await store.close();
});

test('discarded messages are removed and the ones above them stay', async () => {
  const path = join(folder, 'discarded.db');
  const store = await openSqliteStore({ path });
  await addSession(store, 's', 10);
  const basis = await store.sessions.load(TENANT, 's', {});
  const header = { ...basis.header!, rev: basis.header!.rev + 1 };
  await store.sessions.commit(basis, changesWith(header, { discardThrough: 4 }), []);
  expect(await store.collectGarbage(1000)).toBe(4);
  expect([rowsOf(path, 'messages'), rowsOf(path, 'terms')]).toEqual([6, 6]);
  expect(await sequencesOf(store, 's')).toEqual([5, 6, 7, 8, 9, 10]);
  await store.close();
});
