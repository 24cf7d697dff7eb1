import { openMemoryStore } from '../../../src/adapters/memory/store.ts';
import type { ContractSubject } from '../contract-subject.ts';

/** The store in memory, which is what every other one must equal. */
export const memorySubject: ContractSubject = {
  name: 'memory',
  cannot: {
    reopen: 'its data ends with the store',
    cut: 'nothing lies between it and its data',
    corrupt: 'nobody else reaches its data',
  },
  deviations: {},
  prepare: async () => ({ open: async (clock) => openMemoryStore({ clock }), close: async () => {} }),
};
