import { testProof } from '../support/test-proof.ts';
import { proof } from './fuzz.proof.ts';

testProof(proof);
