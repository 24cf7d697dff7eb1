import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll } from 'vitest';
import { openSqliteStore } from '../../../src/adapters/sqlite/store.ts';
import type { Harness } from '../../../src/contract/harness.ts';
import type { Store } from '../../../src/ports/store.ts';

/** Returns a folder that is gone after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'threadkeep-sqlite-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Returns the harness that runs the contract on files of a folder. */
export function fileHarness(folder: string): Required<Omit<Harness, 'cut'>> {
  const paths = new WeakMap<Store, string>();
  let count = 0;
  const openAt: (path: string, clock: Parameters<Harness['open']>[0]) => Promise<Store> = async (path, clock) => {
    const store = await openSqliteStore({ path, clock });
    paths.set(store, path);
    return store;
  };
  return {
    open: (clock) => openAt(join(folder, `${++count}.db`), clock),
    async reopen(store, clock) {
      await store.close();
      return openAt(paths.get(store)!, clock);
    },
    async corrupt(store, uid, sequence, clock) {
      const path = paths.get(store)!;
      await store.close();
      corruptBody(path, uid, sequence);
      return openAt(path, clock);
    },
  };
}

/** Changes one byte of a message's body without its checksum, as a failing disk would. */
function corruptBody(path: string, uid: string, sequence: number): void {
  const database = new DatabaseSync(path);
  const where = 'id = (SELECT key << 32 FROM sessions WHERE uid = ?) | ?';
  const row = database.prepare(`SELECT body FROM messages WHERE ${where}`).get(uid, sequence);
  const body = row?.body as Uint8Array;
  body[0] = body[0]! ^ 1;
  database.prepare(`UPDATE messages SET body = ? WHERE ${where}`).run(body, uid, sequence);
  database.close();
}
