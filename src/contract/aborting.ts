import assert from 'node:assert/strict';
import { changesWith } from '../model/basis.ts';
import { casesOf } from './contract-case.ts';
import { sampleAgentActivity, sampleEvent, sampleHeader, sampleMessages } from './samples.ts';

/** Aborted calls: the signal is looked at before a write is sent, not after. */
export const abortingCases = casesOf('aborting', {
  'a commit that was aborted before it was sent writes nothing': async (stage) => {
    const header = sampleHeader({ tenant: stage.tenant, sessionId: 's', lastSequence: 2 });
    const changes = changesWith(header, { messages: sampleMessages(1, 2), claims: ['key'] });
    const basis = await stage.load('s');
    const events = [sampleEvent(header, 'ENDED')];
    await assert.rejects(() => stage.store.sessions.commit(basis, changes, events, AbortSignal.abort()));
    assert.equal((await stage.load('s')).header, null);
    assert.deepEqual(await stage.read(header.uid), []);
    assert.equal(await stage.holderOf('key'), null);
    assert.equal((await stage.store.events.bounds(stage.tenant)).lastNumber, 0);
  },

  'a commit that is aborted on its way is whole or absent': async (stage) => {
    for (let run = 0; run < 10; run++) {
      const header = sampleHeader({ tenant: stage.tenant, sessionId: `s-${run}`, lastSequence: 40 });
      const changes = changesWith(header, { messages: sampleMessages(1, 40), state: { whole: true } });
      const basis = await stage.load(header.sessionId);
      const abort = new AbortController();
      const committing = stage.store.sessions.commit(basis, changes, [sampleEvent(header, 'ENDED')], abort.signal);
      for (let turn = 0; turn < run; turn++) await new Promise(setImmediate);
      abort.abort();
      const outcome = await committing.catch(() => 'aborted');
      const after = await stage.load(header.sessionId, { state: true });
      const isThere = after.header !== null;
      if (outcome === 'committed') assert.ok(isThere);
      assert.equal((await stage.read(header.uid)).length, isThere ? 40 : 0);
      assert.deepEqual(after.state, isThere ? { whole: true } : undefined);
    }
  },

  'an aborted agent report writes nothing': async (stage) => {
    const activity = sampleAgentActivity({ tenant: stage.tenant, agentId: 'a' });
    await assert.rejects(() => stage.store.agents.commit(activity, 0, AbortSignal.abort()));
    assert.equal(await stage.store.agents.load(stage.tenant, 'a'), null);
  },

  'every read gives way to an aborted signal with its reason': async ({ store, tenant }) => {
    const reason = new Error('the caller went away');
    const signal = AbortSignal.abort(reason);
    const order = { by: 'createdAt', direction: 'newestFirst' } as const;
    const range = { afterSequence: 0, beforeSequence: 0, from: 'oldest', limit: 1 } as const;
    const reads: (() => Promise<unknown>)[] = [
      () => store.sessions.load(tenant, 's', {}, { signal }),
      () => store.sessions.list(tenant, {}, order, null, 1, signal),
      () => store.sessions.summaries(tenant, 'uid', signal),
      () => store.sessions.findClaim(tenant, 'key', signal),
      () => store.messages.read(tenant, 'uid', range, signal),
      () => store.messages.findById(tenant, 'uid', ['m'], signal),
      () => store.events.read(tenant, 0, 1, signal),
      () => store.search.find(tenant, { terms: ['x'], scope: {}, limit: 1 }, signal),
      () => store.statistics.foldSessions(tenant, {}, {}, () => {}, signal),
      () => store.agents.load(tenant, 'a', signal),
      () => store.check(signal),
    ];
    for (const read of reads) await assert.rejects(read, reason, String(read));
  },

  'a store serves on after an aborted call': async (stage) => {
    await assert.rejects(() => stage.store.sessions.load(stage.tenant, 's', {}, { signal: AbortSignal.abort() }));
    await stage.begin('s');
    assert.deepEqual(await stage.listedIds(), ['s']);
  },
});
