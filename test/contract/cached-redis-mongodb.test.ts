import { cachedSubject } from './subjects/cached.ts';
import { mongodbSubject } from './subjects/mongodb.ts';
import { openRedisCache } from './subjects/shared-cache.ts';
import { testContract } from './test-contract.ts';

testContract(cachedSubject(mongodbSubject, 'cached-redis-mongodb', openRedisCache));
