import { cachedSubject } from './subjects/cached.ts';
import { sqliteFileSubject } from './subjects/sqlite.ts';
import { testContract } from './test-contract.ts';

testContract(cachedSubject(sqliteFileSubject, 'cached-sqlite'));
