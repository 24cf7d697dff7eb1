import { testProof } from '../support/test-proof.ts';
import { proof } from './watchers.proof.ts';

testProof(proof);
