import assert from 'node:assert/strict';
import { emptyActivity } from '../model/activity.ts';
import { casesOf } from './contract-case.ts';
import { SAMPLE_AT, sampleAgentActivity } from './samples.ts';
import type { Stage } from './stage.ts';

/** What agents report without a session. */
export const agentCases = casesOf('agents', {
  'an agent that never reported is not there': async (stage) => {
    assert.equal(await stage.store.agents.load(stage.tenant, 'a'), null);
  },

  'a report comes back as it was committed': async (stage) => {
    const activity = sampleAgentActivity({
      tenant: stage.tenant,
      agentId: 'a',
      activity: { ...emptyActivity(), errorCount: 3, agentStatus: 'busy', agentStatusAt: SAMPLE_AT },
      requestIds: [{ digest: 'd', content: 'c' }],
      toolCalls: [{ callId: 'x', name: 'search', isFailed: true, durationMs: null }],
    });
    assert.equal(await stage.store.agents.commit(activity, 0), true);
    assert.deepEqual(await stage.store.agents.load(stage.tenant, 'a'), activity);
  },

  'a commit on an older revision does nothing': async (stage) => {
    await report(stage, 'a', 1, 0);
    assert.equal(await report(stage, 'a', 2, 1), true);
    assert.equal(await report(stage, 'a', 2, 1), false);
    assert.equal(await report(stage, 'a', 1, 0), false);
    assert.equal((await stage.store.agents.load(stage.tenant, 'a'))?.rev, 2);
  },

  'a commit on a revision of an agent that is not there does nothing': async (stage) => {
    assert.equal(await report(stage, 'a', 3, 2), false);
    assert.equal(await stage.store.agents.load(stage.tenant, 'a'), null);
  },

  'one of many commits on one revision wins': async (stage) => {
    const wins = await Promise.all(Array.from({ length: 15 }, () => report(stage, 'a', 1, 0)));
    assert.equal(wins.filter(Boolean).length, 1);
  },

  'agents are listed in the order of their ids, after a place, up to a limit': async (stage) => {
    for (const agentId of ['b', 'a', 'C', 'd']) await report(stage, agentId, 1, 0);
    await report(stage, 'b', 1, 0, { tenant: 'tenant-b' });
    const list = async (after: string, limit: number) =>
      (await stage.store.agents.list(stage.tenant, after, limit)).map(({ agentId }) => agentId);
    assert.deepEqual(await list('', 9), ['C', 'a', 'b', 'd']);
    assert.deepEqual([await list('a', 1), await list('b', 9), await list('d', 9)], [['b'], ['d'], []]);
  },

  'a purge removes what was last updated before the instant': async (stage) => {
    await report(stage, 'old', 1, 0, { updatedAt: SAMPLE_AT });
    await report(stage, 'new', 1, 0, { updatedAt: SAMPLE_AT + 1 });
    assert.equal(await stage.store.agents.purge(SAMPLE_AT), 0);
    assert.equal(await stage.store.agents.purge(SAMPLE_AT + 1), 1);
    assert.equal(await stage.store.agents.load(stage.tenant, 'old'), null);
    assert.ok(await stage.store.agents.load(stage.tenant, 'new'));
  },
});

function report(
  stage: Stage,
  agentId: string,
  rev: number,
  basisRev: number,
  overrides: { tenant?: string; updatedAt?: number } = {},
): Promise<boolean> {
  const activity = sampleAgentActivity({ tenant: stage.tenant, agentId, rev, ...overrides });
  return stage.store.agents.commit(activity, basisRev);
}
