import { openSqliteStore } from '../../src/adapters/sqlite/index.ts';
import { testContract } from './test-contract.ts';

testContract({ open: (clock) => openSqliteStore({ path: ':memory:', clock }) });
