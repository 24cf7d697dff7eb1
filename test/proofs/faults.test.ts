import { redisCommand } from '../support/servers/redis-command.ts';
import { secantusCommand } from '../support/servers/secantusdb.ts';
import { testProof } from '../support/test-proof.ts';
import { proof } from './faults.proof.ts';

testProof(proof, { timeoutMs: 900_000, servers: [secantusCommand, redisCommand] });
