import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeStore, type StoreConfiguration } from '../../compose/compose-store.ts';
import { SQLITE_MEMORY, type StoreAddress } from '../../config/store-address.ts';
import type { Harness } from '../../contract/harness.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';

/** ScratchHarness gives the contract's cases empty stores of one kind, and removes what they leave behind. */
export interface ScratchHarness extends Harness {
  remove(): void;
}

/** Creates a harness for stores of an address's kind; the data at the address itself is never touched. */
export function scratchHarness(configuration: StoreConfiguration): ScratchHarness {
  const address = configuration.store;
  const open = (store: StoreAddress, clock: Clock) => composeStore({ ...configuration, store }, { clock });
  if (address.adapter === 'memory' || address.path === SQLITE_MEMORY) {
    return { open: (clock) => open(address, clock), remove: () => {} };
  }
  const folder = mkdtempSync(join(tmpdir(), 'threadkeep-check-'));
  const addresses = new WeakMap<Store, StoreAddress>();
  let count = 0;
  const openAt = async (place: StoreAddress, clock: Clock) => {
    const store = await open(place, clock);
    addresses.set(store, place);
    return store;
  };
  return {
    open: (clock) => openAt({ adapter: 'sqlite', path: join(folder, `${++count}.db`) }, clock),
    async reopen(store, clock) {
      await store.close();
      return openAt(addresses.get(store)!, clock);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
