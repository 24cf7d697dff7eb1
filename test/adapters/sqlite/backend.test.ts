import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { openSqliteStore } from '../../../src/adapters/sqlite/store.ts';
import { sampleHeader } from '../../../src/contract/samples.ts';
import { changesWith } from '../../../src/model/basis.ts';
import type { Store } from '../../../src/ports/store.ts';
import { addSession, sequencesOf, TENANT, temporaryFolder } from './harness.ts';

const folder = temporaryFolder();

/** Opens a store and returns it with its threads, the writer first. */
async function openWithThreads(name: string): Promise<{ store: Store; writer: Worker; scanner: Worker }> {
  const workers: Worker[] = [];
  const note = (worker: Worker) => workers.push(worker);
  process.on('worker', note);
  const store = await openSqliteStore({ path: join(folder, name) });
  await store.check();
  await store.sessions.countDue(0);
  process.off('worker', note);
  return { store, writer: workers[0]!, scanner: workers[1]! };
}

/** Keeps what is sent from a thread, so that it surely dies before it answers. */
function deafen(worker: Worker): void {
  worker.postMessage = () => {};
}

test('a commit whose writer dies is unknown, and the next one finds another writer', async () => {
  const { store, writer } = await openWithThreads('writer-dies.db');
  await addSession(store, 'before', 2);
  const header = sampleHeader({ tenant: TENANT, sessionId: 'lost' });
  const basis = await store.sessions.load(TENANT, 'lost', {});
  deafen(writer);
  const outcome = store.sessions.commit(basis, changesWith(header), []);
  // A writer that died before it is called is another case: the next one takes its place.
  await nextTurn();
  await writer.terminate();
  expect(await outcome).toBe('unknown');
  await addSession(store, 'after', 3);
  expect([await sequencesOf(store, 'before'), await sequencesOf(store, 'after')]).toEqual([
    [1, 2],
    [1, 2, 3],
  ]);
  await store.check();
  await store.close();
});

test('a list whose scanner dies is STORE_UNAVAILABLE, and the next one finds another scanner', async () => {
  const { store, scanner } = await openWithThreads('scanner-dies.db');
  await addSession(store, 's', 1);
  deafen(scanner);
  const refused = expect(store.sessions.countDue(0)).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' });
  await scanner.terminate();
  await refused;
  expect(await store.sessions.countDue(0)).toBe(0);
  await store.close();
});
