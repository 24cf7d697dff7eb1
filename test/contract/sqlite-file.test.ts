import { sqliteFileSubject } from './subjects/sqlite.ts';
import { testContract } from './test-contract.ts';

testContract(sqliteFileSubject);
