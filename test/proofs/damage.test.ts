import { testProof } from '../support/test-proof.ts';
import { proof } from './damage.proof.ts';

testProof(proof);
