import { testProof } from '../support/test-proof.ts';
import { proof } from './watch.proof.ts';

testProof(proof);
