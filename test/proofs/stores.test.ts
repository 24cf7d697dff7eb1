import { testProof } from '../support/test-proof.ts';
import { proof } from './stores.proof.ts';

testProof(proof);
