import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { checkpoint } from '../../../src/adapters/sqlite/checkpoint.ts';
import { UNNOTED_COUNT } from '../../../src/adapters/sqlite/commit-count.ts';
import { encodeCommit } from '../../../src/adapters/sqlite/commit-encoding.ts';
import { Connection, openConnection } from '../../../src/adapters/sqlite/connection.ts';
import { migrate } from '../../../src/adapters/sqlite/schema.ts';
import { openSqliteStore } from '../../../src/adapters/sqlite/store.ts';
import type { Write } from '../../../src/adapters/sqlite/write.ts';
import { Writer } from '../../../src/adapters/sqlite/writer.ts';
import { sampleHeader, sampleMessages } from '../../../src/contract/samples.ts';
import { changesWith } from '../../../src/model/basis.ts';
import { addSession, sequencesOf, TENANT, temporaryFolder } from './harness.ts';

const folder = temporaryFolder();

function begin(sessionId: string, messageCount = 1): Write {
  const header = sampleHeader({ tenant: TENANT, sessionId, lastSequence: messageCount });
  const [recorded, oldestRecorded, toolCalls, claims] = [new Map(), [], new Map(), new Map()];
  const basis = { tenant: TENANT, sessionId, header: null, recorded, oldestRecorded, toolCalls, claims };
  return encodeCommit(basis, changesWith(header, { messages: sampleMessages(1, messageCount) }), []);
}

/** A connection whose COMMIT fails, as on a disk that went away, as often as it is told. */
class FailingConnection extends Connection {
  static failures = 0;

  override run(sql: string, ...values: Parameters<Connection['run']> extends [string, ...infer Rest] ? Rest : never) {
    if (sql === 'COMMIT' && FailingConnection.failures > 0) {
      FailingConnection.failures--;
      throw Object.assign(new Error('disk I/O error'), { errcode: 10 });
    }
    return super.run(sql, ...values);
  }
}

function openFailing(path: string): Connection {
  const connection = new FailingConnection(path, new DatabaseSync(path));
  connection.database.exec('PRAGMA journal_mode = WAL');
  return connection;
}

test('a COMMIT that fails makes its batch unknown, and the writer serves again once a commit of its own went through', () => {
  const path = join(folder, 'commit-fails.db');
  migrate(openFailing(path));
  const writer = new Writer({ path, open: () => openFailing(path), commitCount: UNNOTED_COUNT });
  FailingConnection.failures = 2;
  expect(writer.run([begin('a')])).toMatchObject({ state: 'unknown', error: { reason: 'STORE_UNAVAILABLE' } });
  expect(writer.run([begin('b')])).toMatchObject({ state: 'failed', error: { reason: 'STORE_UNAVAILABLE' } });
  writer.probe();
  expect(writer.run([begin('c')])).toEqual({ state: 'committed', results: [{ answer: 'committed' }] });
  writer.close();
});

test('the fault of one write is its own: the others of its batch are committed', () => {
  const path = join(folder, 'one-fault.db');
  migrate(openConnection({ role: 'writer', path, synchronous: 'FULL' }));
  const open = () => openConnection({ role: 'writer', path, synchronous: 'FULL' });
  const writer = new Writer({ path, open, commitCount: UNNOTED_COUNT });
  const twice = begin('a') as Extract<Write, { kind: 'commit' }>;
  const faulty = { ...twice, session: { ...twice.session, session_id: 'b' } };
  const result = writer.run([begin('a'), faulty, begin('c')]);
  expect(result).toMatchObject({
    state: 'committed',
    results: [{ answer: 'committed' }, { error: { reason: 'STORE_UNAVAILABLE' } }, { answer: 'committed' }],
  });
  writer.close();
});

test('a full disk is STORE_UNAVAILABLE with the remedy, loses nothing, and small commits go on', async () => {
  const store = await openSqliteStore({ path: join(folder, 'full.db'), pageCountMax: 100 });
  await addSession(store, 'small', 2);
  await expect(addSession(store, 'large', 5000)).rejects.toMatchObject({
    reason: 'STORE_UNAVAILABLE',
    message: expect.stringContaining('make room'),
  });
  expect((await store.sessions.load(TENANT, 'large', {})).header).toBe(null);
  await addSession(store, 'next', 2);
  expect(await sequencesOf(store, 'small')).toEqual([1, 2]);
  await store.check();
  await store.close();
});

test('the log begins anew once it passes its bound, though commits never pause, and its file keeps its length', async () => {
  const path = join(folder, 'log.db');
  const store = await openSqliteStore({ path });
  const scanner = openConnection({ role: 'scanner', path });
  await addSession(store, 'first', 500);
  const before = statSync(`${path}-wal`).size;
  const { logPages } = checkpoint(scanner, before * 2);
  expect(statSync(`${path}-wal`).size).toBeGreaterThanOrEqual(before);
  const committing = Array.from({ length: 50 }, (_, number) => addSession(store, `s${number}`, 3));
  for (let round = 0; round < 5; round++) checkpoint(scanner, 4096);
  await Promise.all(committing);
  checkpoint(scanner, 4096);
  await addSession(store, 'last', 3);
  expect(checkpoint(scanner, 4096).logPages).toBeLessThan(logPages / 4);
  expect(statSync(`${path}-wal`).size).toBeGreaterThanOrEqual(before);
  scanner.close();
  await store.close();
});
