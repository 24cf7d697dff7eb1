import { existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { openSqliteStore } from '../../../src/adapters/sqlite/store.ts';
import { SAMPLE_AT } from '../../../src/contract/samples.ts';
import { changesWith } from '../../../src/model/basis.ts';
import { SessionError } from '../../../src/model/session-error.ts';
import type { Finding, Store } from '../../../src/ports/store.ts';
import { addSession, copyStore, holdInProcess, kill, sequencesOf, TENANT, temporaryFolder } from './harness.ts';

const folder = temporaryFolder();
const SESSIONS = ['s1', 's2', 's3', 's4', 's5', 's6', 's7', 's8'];

/** Opens a file and reads all of it: `whole`, or the error that says what is broken. Anything else fails the test. */
async function lookAt(path: string): Promise<'whole' | SessionError> {
  try {
    const store = await openSqliteStore({ path });
    try {
      for (const sessionId of SESSIONS) {
        const { header } = await store.sessions.load(TENANT, sessionId, {});
        expect(header?.lastSequence, `the header of ${sessionId}`).toBe(3);
        expect(await sequencesOf(store, sessionId), `the messages of ${sessionId}`).toEqual([1, 2, 3]);
      }
      return 'whole';
    } finally {
      await store.close();
    }
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
    expect(['STORE_CORRUPT', 'STORE_UNAVAILABLE']).toContain(error.reason);
    expect(error.message).toMatch(/restore|give another path|newer Threadkeep/);
    return error;
  }
}

function flipBit(path: string, bit: number): void {
  const bytes = readFileSync(path);
  bytes[bit >> 3] = bytes[bit >> 3]! ^ (1 << (bit & 7));
  writeFileSync(path, bytes);
}

/** The file of a process that was killed after eight answered commits, log and all. */
async function killedStore(name: string): Promise<string> {
  const path = join(folder, name);
  await kill(await holdInProcess(path, SESSIONS.length));
  expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
  return path;
}

test('a flipped bit in a file is refused and named, or changes nothing that is read', async () => {
  const path = join(folder, 'closed.db');
  const store = await openSqliteStore({ path });
  for (const sessionId of SESSIONS) await addSession(store, sessionId, 3);
  await store.close();
  const bits = statSync(path).size * 8;
  for (let round = 0; round < 12; round++) {
    const copy = copyStore(path, join(folder, `flipped-${round}.db`));
    flipBit(copy, Math.floor((bits * (round + 0.37)) / 12));
    await lookAt(copy);
  }
});

test('a file that was cut is refused', async () => {
  const path = join(folder, 'cut.db');
  const store = await openSqliteStore({ path });
  for (const sessionId of SESSIONS) await addSession(store, sessionId, 3);
  await store.close();
  expect(existsSync(`${path}-wal`)).toBe(false);
  truncateSync(path, statSync(path).size - 1000);
  expect(await lookAt(path)).toMatchObject({
    reason: 'STORE_CORRUPT',
    message: expect.stringContaining('it ends after'),
  });
});

test('a flipped bit in the log is refused, wherever it is', async () => {
  const path = await killedStore('log-flipped.db');
  const bits = statSync(`${path}-wal`).size * 8;
  for (let round = 0; round < 8; round++) {
    const copy = copyStore(path, join(folder, `log-flipped-${round}.db`));
    flipBit(`${copy}-wal`, Math.floor((bits * (round + 0.61)) / 8));
    expect(await lookAt(copy), `flip ${round}`).toMatchObject({ reason: 'STORE_CORRUPT' });
  }
  expect(await lookAt(path)).toBe('whole');
});

test('a log whose header is broken is refused: SQLite would take it for empty', async () => {
  const path = await killedStore('log-header.db');
  flipBit(`${path}-wal`, 17 * 8);
  expect(await lookAt(path)).toMatchObject({ message: expect.stringContaining('header of the write-ahead log') });
});

test('without the count beside it a log is still refused when commits follow the broken frame', async () => {
  const path = await killedStore('log-frames.db');
  rmSync(`${path}-count`);
  flipBit(`${path}-wal`, (32 + 2 * (24 + 4096) + 100) * 8);
  expect(await lookAt(path)).toMatchObject({ message: expect.stringContaining('frame 3 of the write-ahead log') });
});

test('a log that was cut or removed is missed, and going on without it is the operator’s choice', async () => {
  const path = await killedStore('log-cut.db');
  const cut = copyStore(path, join(folder, 'log-cut-2.db'));
  truncateSync(`${cut}-wal`, statSync(`${cut}-wal`).size - 5000);
  expect(await lookAt(cut)).toMatchObject({ message: expect.stringContaining('the last 1 commits') });
  rmSync(`${path}-wal`);
  rmSync(`${path}-shm`, { force: true });
  await expect(openSqliteStore({ path })).rejects.toMatchObject({ reason: 'STORE_CORRUPT' });
  rmSync(`${path}-count`);
  await (await openSqliteStore({ path })).close();
});

test('a file whose schema says something else is refused', async () => {
  const path = join(folder, 'schema.db');
  await (await openSqliteStore({ path })).close();
  const file = new DatabaseSync(path);
  file.exec('DROP INDEX events_by_time');
  file.close();
  expect(await lookAt(path)).toMatchObject({
    message: expect.stringContaining('its schema is not that of its version'),
  });
});

test.each([
  ['the census', 'UPDATE sessions SET last_access_at = 1', (store: Store) => store.statistics.census()],
  ['counts of messages', 'UPDATE messages SET token_count = 999', (store: Store) => countMessages(store)],
  ['a read of messages', 'UPDATE sessions SET floor = 1', (store: Store) => sequencesOf(store, 's1')],
  ['the last sign of life', 'UPDATE beats SET at = 1', (store: Store) => store.presence.lastSeenAt()],
  ['outages', 'UPDATE outages SET to_at = 9e15', (store: Store) => store.presence.outages()],
  ['a collection of garbage', 'UPDATE garbage SET session = 1', (store: Store) => store.collectGarbage(9)],
])('%s is refused where a row behind it is broken, and verification names the row', async (title, damage, look) => {
  const path = join(folder, `${title}.db`);
  const store = await openSqliteStore({ path });
  await addSession(store, 's1', 3);
  await bury(store, 's2');
  await store.presence.beat('instance', 1000);
  await store.presence.addOutage({ from: 1000, to: 2000 });
  const file = new DatabaseSync(path);
  file.exec(damage);
  file.close();
  await expect(look(store)).rejects.toMatchObject({ reason: 'STORE_CORRUPT' });
  const findings: Finding[] = [];
  for await (const finding of store.verify()) findings.push(finding);
  expect(findings).not.toEqual([]);
  await store.close();
});

function countMessages(store: Store): Promise<unknown> {
  return store.statistics.sampleMessages(TENANT, {}, { fromAt: 0, toAt: SAMPLE_AT + 1, bucketMs: SAMPLE_AT });
}

/** Makes a session and turns it into a tombstone, whose parts wait to be removed. */
async function bury(store: Store, sessionId: string): Promise<void> {
  await addSession(store, sessionId, 1);
  const basis = await store.sessions.load(TENANT, sessionId, {});
  const header = { ...basis.header!, rev: basis.header!.rev + 1, isTombstone: true };
  await store.sessions.commit(basis, changesWith(header), []);
}
