import { expect, test } from 'vitest';
import { replace } from '../contract/replace.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { mongoServer } from '../support/servers/mongo-server.ts';
import { requireServer } from '../support/servers/server-missing.ts';
import { testProof } from '../support/test-proof.ts';
import { type Change, runOnSharedStore } from './never-early/shared-run.ts';
import { proof } from './never-early.proof.ts';

testProof(proof, { servers: [mongoServer], timeoutMs: 600_000 });

const ownClock: Change = (store, clock) =>
  replace(store, () => ({ presence: replace(store.presence, () => ({ now: async () => clock.wallAt() })) }));

test('instances that take their own clock for the server’s are caught', { timeout: 300_000 }, async (context) => {
  await requireServer(context, mongoServer);
  const { violations } = await runOnSharedStore(12, new SeededRandom(7), ownClock);
  expect(violations.join()).toContain('ms early');
});
