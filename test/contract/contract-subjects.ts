import type { ContractSubject } from './contract-subject.ts';
import { cachedSubject } from './subjects/cached.ts';
import { memorySubject } from './subjects/memory.ts';
import { mongodbSubject } from './subjects/mongodb.ts';
import { openRedisCache } from './subjects/shared-cache.ts';
import { sqliteFileSubject, sqliteMemorySubject } from './subjects/sqlite.ts';

/** Everything that the contract is run on, in the order of the printed table. */
export const contractSubjects: readonly ContractSubject[] = [
  memorySubject,
  sqliteFileSubject,
  sqliteMemorySubject,
  mongodbSubject,
  cachedSubject(memorySubject, 'cached-memory'),
  cachedSubject(sqliteFileSubject, 'cached-sqlite'),
  cachedSubject(mongodbSubject, 'cached-mongodb'),
  cachedSubject(mongodbSubject, 'cached-redis-mongodb', openRedisCache),
];
