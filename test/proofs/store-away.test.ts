import { redisCommand } from '../support/servers/redis-command.ts';
import { secantusCommand } from '../support/servers/secantusdb.ts';
import { testProof } from '../support/test-proof.ts';
import { proof } from './store-away.proof.ts';

testProof(proof, { servers: [secantusCommand, redisCommand] });
