import { redisCommand } from '../support/servers/redis-command.ts';
import { secantusCommand } from '../support/servers/secantusdb.ts';
import { testProof } from '../support/test-proof.ts';
import { proof } from './rolling.proof.ts';

testProof(proof, { servers: [secantusCommand, redisCommand] });
