import { testProof } from '../support/test-proof.ts';
import { proof } from './sync.proof.ts';

testProof(proof, { tools: { strace: 'apt-get install strace' } });
