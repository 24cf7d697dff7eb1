import { sqliteMemorySubject } from './subjects/sqlite.ts';
import { testContract } from './test-contract.ts';

testContract(sqliteMemorySubject);
