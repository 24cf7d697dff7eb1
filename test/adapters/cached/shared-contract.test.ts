import { openMemoryStore } from '../../../src/adapters/memory/store.ts';
import type { ContractSubject } from '../../contract/contract-subject.ts';
import { cachedSubject } from '../../contract/subjects/cached.ts';
import { memorySubject } from '../../contract/subjects/memory.ts';
import { testContract } from '../../contract/test-contract.ts';
import { MapCache } from './map-cache.ts';
import { sharedStore } from './shared-store.ts';

// As over a store that others write to: entries age, are loaded whole, and are handed on.
const prepare: ContractSubject['prepare'] = async () => ({
  open: async (clock) => sharedStore(openMemoryStore({ clock })),
  close: async () => {},
});

testContract(cachedSubject({ ...memorySubject, prepare }, 'cached-shared', async () => new MapCache()));
