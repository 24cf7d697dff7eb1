import { cachedSubject } from './subjects/cached.ts';
import { memorySubject } from './subjects/memory.ts';
import { testContract } from './test-contract.ts';

testContract(cachedSubject(memorySubject, 'cached-memory'));
