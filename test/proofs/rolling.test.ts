import { redisCommand } from '../support/servers/redis-command.ts';
import { secantusCommand } from '../support/servers/secantusdb.ts';
import { testProof } from '../support/test-proof.ts';
import { proof } from './rolling.proof.ts';

// A client that does not find a started instance again within a minute leaves nothing to judge.
testProof(proof, { servers: [secantusCommand, redisCommand], inconclusive: /its callers are back/ });
