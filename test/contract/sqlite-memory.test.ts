import { openSqliteStore } from '../../src/adapters/sqlite/store.ts';
import { testContract } from './test-contract.ts';

testContract({ open: (clock) => openSqliteStore({ path: ':memory:', clock }) });
