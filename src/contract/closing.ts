import assert from 'node:assert/strict';
import { changesWith } from '../model/basis.ts';
import { casesOf } from './contract-case.ts';
import { SAMPLE_AT, sampleAgentActivity, sampleHeader } from './samples.ts';

/** The life of a store: identity, checks, closing. */
export const closingCases = casesOf('closing', {
  'a store has a description, an id and a secret of 32 bytes': async ({ store }) => {
    assert.ok(store.description.length > 0 && store.storeId.length >= 16);
    assert.equal(store.tokenSecret.length, 32);
    assert.ok(store.tokenSecret.some((byte) => byte !== 0));
  },

  'an open store passes its check, and a full verification finds nothing': async (stage) => {
    await stage.begin('s');
    await stage.store.check();
    const shares: number[] = [];
    for await (const finding of stage.store.verify((share) => shares.push(share))) assert.fail(finding.what);
    assert.equal(shares.at(-1), 1);
    assert.ok(shares.every((share, place) => share >= (shares[place - 1] ?? 0)));
  },

  'closing twice is closing once': async ({ store }) => {
    await store.close();
    await store.close();
    await Promise.all([store.close(), store.close()]);
  },

  'every call after close is STORE_UNAVAILABLE': async (stage) => {
    const { store } = stage;
    const basis = await stage.load('s');
    await store.close();
    const calls: (() => Promise<unknown>)[] = [
      () => store.sessions.load(stage.tenant, 's', {}),
      () => store.sessions.commit(basis, changesWith(sampleHeader({ tenant: stage.tenant, sessionId: 's' })), []),
      () => store.sessions.findDue(0, 1, null),
      () => store.sessions.findClaim(stage.tenant, 'k'),
      () => stage.listedIds(),
      () => stage.read('uid'),
      () => store.events.read(stage.tenant, 0, 1),
      () => store.search.find(stage.tenant, { terms: ['x'], scope: {}, limit: 1 }),
      () => store.statistics.census(),
      () => store.agents.load(stage.tenant, 'a'),
      () => store.agents.commit(sampleAgentActivity({ tenant: stage.tenant, agentId: 'a' }), 0),
      () => store.presence.beat('i', SAMPLE_AT),
      () => store.check(),
      () => store.collectGarbage(1),
    ];
    for (const call of calls) await assert.rejects(call, { reason: 'STORE_UNAVAILABLE' }, String(call));
  },

  'what was sent before close is answered': async (stage) => {
    const bases = await Promise.all(['a', 'b', 'c'].map((sessionId) => stage.load(sessionId)));
    const commits = bases.map((basis) =>
      stage.store.sessions.commit(
        basis,
        changesWith(sampleHeader({ tenant: stage.tenant, sessionId: basis.sessionId })),
        [],
      ),
    );
    const [outcomes] = await Promise.all([Promise.all(commits), stage.store.close()]);
    assert.deepEqual(outcomes, ['committed', 'committed', 'committed']);
  },
});
