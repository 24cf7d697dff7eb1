import { mongoServer } from '../support/servers/mongo-server.ts';
import { testProof } from '../support/test-proof.ts';
import { proof } from './purge.proof.ts';

testProof(proof, { servers: [mongoServer], timeoutMs: 600_000 });
