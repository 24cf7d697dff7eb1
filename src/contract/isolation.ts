import assert from 'node:assert/strict';
import type { SessionHeader } from '../model/session.ts';
import { casesOf } from './contract-case.ts';
import {
  sampleAgentActivity,
  sampleEvent,
  sampleHeader,
  sampleMessages,
  sampleRecordedCall,
  sampleSummary,
} from './samples.ts';
import type { Stage } from './stage.ts';

const TENANTS = ['tenant-a', 'tenant-b', 'TENANT-A', 'tenant-a2'];

/** Tenants never meet, even where every id of theirs is the same. */
export const isolationCases = casesOf('isolation', {
  'the same session id in several tenants is as many sessions': async (stage) => {
    for (const tenant of TENANTS) await beginOwn(stage, tenant);
    for (const tenant of TENANTS) {
      const basis = await stage.load('s', { state: true }, tenant);
      assert.deepEqual([basis.state, basis.header?.tenant], [{ owner: tenant }, tenant]);
      assert.deepEqual(await stage.listedIds(tenant), ['s']);
    }
    await stage.go('s', { tenant: 'tenant-a', isTombstone: true });
    assert.equal((await stage.header('s', 'tenant-b')).isTombstone, false);
  },

  'a uid of another tenant leads to nothing': async (stage) => {
    const { uid } = await beginOwn(stage, 'tenant-a');
    const { messages, sessions, search } = stage.store;
    assert.deepEqual(await stage.read(uid, {}, 'tenant-b'), []);
    assert.deepEqual(await messages.findById('tenant-b', uid, ['m']), []);
    assert.equal(await messages.findTurn('tenant-b', uid, 't', 0), null);
    assert.deepEqual(await sessions.summaries('tenant-b', uid), []);
    assert.deepEqual(await search.find('tenant-b', { terms: ['secret'], scope: { uid }, limit: 9 }), []);
  },

  'search stays inside its tenant': async (stage) => {
    for (const tenant of TENANTS) await beginOwn(stage, tenant);
    for (const tenant of TENANTS) {
      const hits = await stage.store.search.find(tenant, { terms: ['secret'], scope: { userId: 'u' }, limit: 99 });
      assert.deepEqual(new Set(hits.map(({ uid }) => uid)), new Set([uidOf(tenant)]));
      assert.equal(hits.length, 2);
    }
  },

  'claims stay inside their tenant': async (stage) => {
    await beginOwn(stage, 'tenant-a');
    assert.equal(await stage.store.sessions.findClaim('tenant-b', 'key'), null);
    assert.equal((await stage.load('s', { claims: ['key'] }, 'tenant-b')).claims.size, 0);
    await beginOwn(stage, 'tenant-b');
    assert.equal((await stage.store.sessions.findClaim('tenant-a', 'key'))?.uid, uidOf('tenant-a'));
    assert.equal((await stage.store.sessions.findClaim('tenant-b', 'key'))?.uid, uidOf('tenant-b'));
  },

  'request ids and tool calls stay inside their tenant': async (stage) => {
    await beginOwn(stage, 'tenant-a');
    await stage.begin('s', { tenant: 'tenant-b' });
    const basis = await stage.load('s', { requestIds: ['digest-1'], toolCallIds: ['call'] }, 'tenant-b');
    assert.deepEqual([basis.recorded.size, basis.toolCalls.size, basis.oldestRecorded], [0, 0, []]);
  },

  'each tenant’s log has its own numbers and its own events': async (stage) => {
    for (const tenant of TENANTS) await beginOwn(stage, tenant);
    for (const tenant of TENANTS) {
      const rows = await stage.store.events.read(tenant, 0, 99);
      assert.deepEqual(
        rows.map(({ number, events }) => [number, events[0]?.eventId]),
        [[1, `event of ${tenant}`]],
      );
    }
    assert.deepEqual(await stage.store.events.read('tenant-c', 0, 99), []);
  },

  'statistics stay inside their tenant': async (stage) => {
    for (const tenant of TENANTS) await beginOwn(stage, tenant);
    for (const tenant of TENANTS) {
      const uids: string[] = [];
      await stage.store.statistics.foldSessions(tenant, { userId: 'u' }, {}, ({ header }) => uids.push(header.uid));
      assert.deepEqual(uids, [uidOf(tenant)]);
      const window = { fromAt: 0, toAt: 2 ** 45, bucketMs: 2 ** 45 };
      const samples = await stage.store.statistics.sampleMessages(tenant, { sessionId: 's' }, window);
      assert.deepEqual(
        samples.map(({ messageCount }) => messageCount),
        [2],
      );
    }
  },

  'an agent of one tenant is not another’s': async (stage) => {
    await stage.store.agents.commit(sampleAgentActivity({ tenant: 'tenant-a', agentId: 'a' }), 0);
    assert.equal(await stage.store.agents.load('tenant-b', 'a'), null);
    assert.deepEqual(await stage.store.agents.list('tenant-b', '', 9), []);
    assert.equal(await stage.store.agents.commit(sampleAgentActivity({ tenant: 'tenant-b', agentId: 'a' }), 0), true);
  },

  'work that is due names its tenant': async (stage) => {
    for (const tenant of TENANTS) await beginOwn(stage, tenant);
    const due = await stage.store.sessions.findDue(Number.MAX_SAFE_INTEGER, 99, null);
    assert.deepEqual(due.map(({ tenant }) => tenant).sort(), TENANTS.toSorted());
  },

  'ids that would run together with their tenant’s are kept apart': async (stage) => {
    const pairs = [
      ['a', 'b-c'],
      ['a-b', 'c'],
      ['a:b', 'c'],
      ['a', 'b:c'],
      ['a b', 'c'],
    ] as const;
    for (const [tenant, id] of pairs) {
      await stage.begin(id, { tenant, uid: `${tenant}|${id}` }, { changes: { state: { owner: `${tenant}|${id}` } } });
    }
    for (const [tenant, id] of pairs) {
      assert.deepEqual((await stage.load(id, { state: true }, tenant)).state, { owner: `${tenant}|${id}` });
    }
  },
});

function uidOf(tenant: string): string {
  return `uid of ${tenant}`;
}

/** Begins session `s` of a tenant with something of every kind that other tenants have under the same keys. */
function beginOwn(stage: Stage, tenant: string): Promise<SessionHeader> {
  const header = sampleHeader({ tenant, sessionId: 's', uid: uidOf(tenant), userId: 'u' });
  return stage.begin('s', header, {
    changes: {
      messages: sampleMessages(1, 2, { messageId: 'm', turnId: 't', terms: ['secret'] }),
      state: { owner: tenant },
      summaries: [sampleSummary(1, 2, tenant)],
      recorded: [sampleRecordedCall(1)],
      toolCalls: [{ callId: 'call', name: 'n', isFailed: false, durationMs: null }],
      claims: ['key'],
    },
    events: [sampleEvent(header, 'DORMANT', { eventId: `event of ${tenant}` })],
  });
}
