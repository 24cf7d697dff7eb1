import { mongodbSubject } from './subjects/mongodb.ts';
import { testContract } from './test-contract.ts';

testContract(mongodbSubject);
