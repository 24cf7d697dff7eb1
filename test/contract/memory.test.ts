import { openMemoryStore } from '../../src/adapters/memory/store.ts';
import { testContract } from './test-contract.ts';

testContract({ open: async (clock) => openMemoryStore({ clock }) });
