import { testProof } from '../support/test-proof.ts';
import { tappableServer } from './round-trips/tapped-engine.ts';
import { proof } from './round-trips.proof.ts';

testProof(proof, { servers: [tappableServer] });
