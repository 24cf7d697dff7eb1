import { testProof } from '../support/test-proof.ts';
import { proof } from './schedule.proof.ts';

// Thousands of schedules take minutes where many tests share the machine.
testProof(proof, { timeoutMs: 900_000 });
