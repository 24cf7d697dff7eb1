import { memorySubject } from './subjects/memory.ts';
import { testContract } from './test-contract.ts';

testContract(memorySubject);
