import { testProof } from '../support/test-proof.ts';
import { proof } from './schedule.proof.ts';

testProof(proof);
