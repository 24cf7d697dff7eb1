import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest';
import { freePort } from '../support/servers/free-port.ts';
import { mongoServer } from '../support/servers/mongo-server.ts';
import { ScratchDatabases } from '../support/servers/scratch-databases.ts';
import { requireServer } from '../support/servers/server-missing.ts';
import { run } from './test-terminal.ts';

let folder: string;
let databases: ScratchDatabases | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'threadkeep-doctor-'));
});

afterAll(async () => {
  rmSync(folder, { recursive: true });
  await databases?.close();
});

/** Returns the address of a database that is not there yet, and its name. */
async function scratch(context: TestContext): Promise<{ store: string; name: string }> {
  const server = await requireServer(context, mongoServer);
  databases ??= new ScratchDatabases(server);
  const name = databases.next();
  return { store: server.urlOf(name), name };
}

test('migrate: makes the indexes once, and then has nothing to do', async (context) => {
  const { store } = await scratch(context);
  const due = await run(['migrate', '--check', '--store', store]);
  expect([due.code, due.stdout]).toEqual([1, expect.stringMatching(/schema 0, this version needs \d+\n {2}missing /)]);
  const made = await run(['migrate', '--store', store]);
  expect([made.code, made.stdout]).toEqual([0, expect.stringMatching(/schema 0 → \d+\n( {2}created .*\n)+$/)]);
  const again = await run(['migrate', '--store', store]);
  expect([again.code, again.stdout]).toEqual([0, expect.stringMatching(/schema (\d+) → \1\n$/)]);
  const done = await run(['migrate', '--check', '--store', store]);
  expect([done.code, done.stdout]).toEqual([0, expect.stringMatching(/schema (\d+), this version needs \1\n$/)]);
});

test('migrate: an embedded store needs none', async () => {
  const { code, stdout } = await run('migrate --store memory:');
  expect([code, stdout]).toEqual([0, 'memory:: nothing to do: an embedded store has its version when it is open\n']);
});

test('migrate: with migrate=manual the service tells what is missing until the command has run', async (context) => {
  const { store } = await scratch(context);
  const before = await run(['doctor', '--store', store]);
  expect([before.code, before.stdout]).toEqual([1, expect.stringMatching(/^schema: run `threadkeep migrate`$/m)]);
  await run(['migrate', '--store', store]);
  const after = await run(['doctor', '--store', store]);
  expect([after.code, after.stdout]).toEqual([0, expect.stringMatching(/^fine +schema +version/m)]);
});

test('doctor: an index that somebody dropped, and work that was left, are found with their remedies', async (context) => {
  const { store, name } = await scratch(context);
  await run(['migrate', '--store', store]);
  const database = databases!.client.db(name);
  await database.collection('sessions').dropIndex('dueAt_1_t_1_sid_1');
  const left = { uid: 'u', t: 'acme', sid: 's', moveAt: 1, outbox: [{ at: 1, eid: 'e', events: [] }] };
  await database.collection<{ _id: string }>('sessions').insertOne({ _id: 'acme/s', ...left });
  await database.collection<{ _id: string }>('messages').insertOne({ _id: 'gone/000000000001', ...{ uid: 'gone' } });
  const { code, stdout } = await run(['doctor', '--store', store]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^broken +schema .*sessions\.dueAt_1_t_1_sid_1 is missing$/m);
  expect(stdout).toMatch(/^hint +outboxes +sessions with events on their way to the log: 1, the oldest for \d+/m);
  expect(stdout).toMatch(/^hint +moves +sessions with messages to be moved on: 1, the oldest for \d+/m);
  expect(stdout).toMatch(/^hint +orphans +1 of 1 messages taken at random belong to no session$/m);
  expect(stdout).toMatch(/^hint +instances +0 alive$/m);
  for (const subject of ['schema', 'outboxes', 'moves', 'orphans', 'instances', 'cache']) {
    expect(stdout).toMatch(new RegExp(`^${subject}: \\S+`, 'm'));
  }
});

test('doctor: a server that is away is broken, is told within seconds, and no password with it', async () => {
  const port = await freePort();
  const address = `mongodb://ada:swordfish@127.0.0.1:${port}/keep`;
  const { code, stdout, stderr } = await run(['doctor', '--store', address]);
  expect([code, stdout]).toEqual([1, expect.stringMatching(/^broken +store +mongodb:.* cannot be used$/m)]);
  expect(stdout + stderr).not.toContain('swordfish');
});

test('doctor: a Redis that is away is broken, with the remedy', async (context) => {
  const { store } = await scratch(context);
  await run(['migrate', '--store', store]);
  const cache = `redis://:swordfish@127.0.0.1:${await freePort()}`;
  const { code, stdout } = await run(['doctor', '--store', store, '--cache', cache]);
  expect([code, stdout]).toEqual([
    1,
    expect.stringMatching(/^broken +cache .*does not give back what was put there$/m),
  ]);
  expect(stdout).toMatch(/^cache: see that Redis runs/m);
  expect(stdout).not.toContain('swordfish');
});

test('doctor: a SQLite file is fine, or not there yet, and is not made', async () => {
  const path = join(folder, 'threadkeep.db');
  const missing = await run(['doctor', '--store', `sqlite:${path}`]);
  expect([missing.code, missing.stdout]).toEqual([0, expect.stringMatching(/^hint +store .* is not there$/m)]);
  expect(await run(['doctor', '--store', 'memory:'])).toMatchObject({ code: 0 });
});
