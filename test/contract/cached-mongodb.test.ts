import { cachedSubject } from './subjects/cached.ts';
import { mongodbSubject } from './subjects/mongodb.ts';
import { testContract } from './test-contract.ts';

testContract(cachedSubject(mongodbSubject, 'cached-mongodb'));
