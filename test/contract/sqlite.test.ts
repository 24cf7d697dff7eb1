import { openSqliteStore } from '../../src/adapters/sqlite/index.ts';
import { describe } from 'vitest';
import { fileHarness, temporaryFolder } from '../adapters/sqlite/harness.ts';
import { testContract } from './test-contract.ts';

describe('in a file', () => testContract(fileHarness(temporaryFolder())));
describe('in memory', () => testContract({ open: (clock) => openSqliteStore({ path: ':memory:', clock }) }));
