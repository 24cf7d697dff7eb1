import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeClockedStore, type StoreConfiguration } from '../../compose/compose-store.ts';
import { type MongoTools, openMongoTools } from '../../compose/mongo-tools.ts';
import { type MongoAddress, SQLITE_MEMORY, type StoreAddress, withDatabase } from '../../config/store-address.ts';
import type { Harness } from '../../contract/harness.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';

/** ScratchHarness gives the contract's cases empty stores of one kind, and removes what they leave behind. */
export interface ScratchHarness extends Harness {
  /** Removes what the stores of a case left. */
  clear(): Promise<void>;
  /** Removes everything, and lets go of what it needed. */
  remove(): Promise<void>;
}

/** Creates a harness for stores of an address's kind; the data at the address itself is never touched. */
export function scratchHarness(configuration: StoreConfiguration): ScratchHarness {
  const { store } = configuration;
  if (store.adapter === 'mongodb') return databaseHarness(configuration, store);
  if (store.adapter === 'memory' || store.path === SQLITE_MEMORY) {
    const nothing = async () => {};
    return { open: (clock) => composeClockedStore(configuration, clock), clear: nothing, remove: nothing };
  }
  return fileHarness(configuration);
}

/** Returns the address of a database on the same server that nobody has. */
export function scratchAddress(address: MongoAddress): MongoAddress {
  return withDatabase(address, `threadkeep_check_${randomBytes(4).toString('hex')}`);
}

function fileHarness(configuration: StoreConfiguration): ScratchHarness {
  const folder = mkdtempSync(join(tmpdir(), 'threadkeep-check-'));
  let count = 0;
  return {
    ...reopenable(configuration, () => {
      count += 1;
      return { adapter: 'sqlite', path: join(folder, `${count}.db`) };
    }),
    clear: async () => {},
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The contract tells whether a promise is kept, not how soon. */
const PATIENCE_MS = 30_000;

/** Databases are emptied after each case and used again: making all their indexes takes a while. */
function databaseHarness(configuration: StoreConfiguration, server: MongoAddress): ScratchHarness {
  const used: MongoAddress[] = [];
  const free: MongoAddress[] = [];
  const next = () => {
    const address = free.pop() ?? scratchAddress(server);
    used.push(address);
    return address;
  };
  return {
    ...reopenable({ ...configuration, storeTimeoutMs: PATIENCE_MS }, next),
    async clear() {
      for (const address of used.splice(0)) {
        await withTools(address, (tools) => tools.empty());
        free.push(address);
      }
    },
    async remove() {
      for (const address of [...used, ...free]) await withTools(address, (tools) => tools.drop());
    },
  };
}

async function withTools(address: MongoAddress, work: (tools: MongoTools) => Promise<void>): Promise<void> {
  const tools = await openMongoTools(address);
  await work(tools).finally(() => tools.close());
}

function reopenable(
  configuration: StoreConfiguration,
  next: () => StoreAddress,
): Required<Pick<Harness, 'open' | 'reopen'>> {
  const addresses = new WeakMap<Store, StoreAddress>();
  const openAt = async (place: StoreAddress, clock: Clock) => {
    const store = await composeClockedStore({ ...configuration, store: place }, clock);
    addresses.set(store, place);
    return store;
  };
  return {
    open: (clock) => openAt(next(), clock),
    async reopen(store, clock) {
      await store.close();
      return openAt(addresses.get(store)!, clock);
    },
  };
}
