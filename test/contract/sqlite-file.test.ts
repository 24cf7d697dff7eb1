import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll } from 'vitest';
import { openSqliteStore } from '../../src/adapters/sqlite/store.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Store } from '../../src/ports/store.ts';
import { testContract } from './test-contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'threadkeep-contract-'));
const paths = new Map<Store, string>();
let files = 0;

afterAll(() => rmSync(folder, { recursive: true }));

testContract({
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
});

async function openAt(path: string, clock: Clock): Promise<Store> {
  const store = await openSqliteStore({ path, synchronous: 'NORMAL', clock });
  paths.set(store, path);
  return store;
}

function pathOf(store: Store): string {
  return paths.get(store) as string;
}
