import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openSqliteStore } from '../../../src/adapters/sqlite/store.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { Store } from '../../../src/ports/store.ts';
import type { ContractSubject, PreparedHarness } from '../contract-subject.ts';

/** SQLite with its data in a file. */
export const sqliteFileSubject: ContractSubject = {
  name: 'sqlite-file',
  cannot: { cut: 'nothing lies between it and its data' },
  deviations: {},
  prepare: async () => fileHarness(mkdtempSync(join(tmpdir(), 'threadkeep-contract-'))),
};

/** SQLite with its data in memory. */
export const sqliteMemorySubject: ContractSubject = {
  name: 'sqlite-memory',
  cannot: {
    reopen: 'its data ends with the store',
    cut: 'nothing lies between it and its data',
    corrupt: 'nobody else reaches its data',
  },
  deviations: {},
  prepare: async () => ({
    open: (clock) => openSqliteStore({ path: ':memory:', clock }),
    close: async () => {},
  }),
};

function fileHarness(folder: string): PreparedHarness {
  const paths = new WeakMap<Store, string>();
  const pathOf = (store: Store) => paths.get(store) as string;
  const openAt = async (path: string, clock: Clock) => {
    const store = await openSqliteStore({ path, synchronous: 'NORMAL', clock });
    paths.set(store, path);
    return store;
  };
  let files = 0;
  return {
    open: (clock) => {
      files += 1;
      return openAt(join(folder, `${files}.db`), clock);
    },
    reopen: async (store, clock) => {
      await store.close();
      return openAt(pathOf(store), clock);
    },
    corrupt: async (store, _uid, sequence) => {
      const file = new DatabaseSync(pathOf(store));
      file.prepare("UPDATE messages SET body = x'00' || substr(body, 2) WHERE id & 4294967295 = ?").run(sequence);
      file.close();
      return store;
    },
    close: async () => rmSync(folder, { recursive: true }),
  };
}
