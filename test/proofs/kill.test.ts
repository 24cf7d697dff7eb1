import { testProof } from '../support/test-proof.ts';
import { proof } from './kill.proof.ts';

testProof(proof);
