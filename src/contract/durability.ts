import assert from 'node:assert/strict';
import { emptyActivity } from '../model/activity.ts';
import { changesWith } from '../model/basis.ts';
import { casesOf } from './contract-case.ts';
import {
  SAMPLE_AT,
  sampleAgentActivity,
  sampleEvent,
  sampleMessage,
  sampleMessages,
  sampleRecordedCall,
  sampleSummary,
} from './samples.ts';
import { nextHeader, type Stage } from './stage.ts';

/** What was answered is there when the store is opened again. */
export const durabilityCases = casesOf(
  'durability',
  {
    'a session and all that hangs on it is there again': async (stage) => {
      const parts = {
        details: { title: 't', labels: { a: 'b' }, metadata: { c: 1 }, errorMessage: '' },
        state: { step: 2 },
        summaries: [sampleSummary(1, 2, 'x')],
        activity: { ...emptyActivity(), errorCount: 1 },
      };
      const call = { callId: 'call', name: 'n', isFailed: false, durationMs: 3 };
      const messages = sampleMessages(1, 4);
      const changes = { ...parts, messages, recorded: [sampleRecordedCall(1)], toolCalls: [call], claims: ['key'] };
      const header = await stage.begin('s', {}, { changes });
      await stage.reopen();
      const needs = { details: true, state: true, summaries: true, activity: true };
      const basis = await stage.load('s', { ...needs, requestIds: ['digest-1'], toolCallIds: ['call'] });
      assert.deepEqual(basis.header, header);
      const { details, state, summaries, activity } = basis;
      assert.deepEqual({ details, state, summaries, activity }, parts);
      assert.deepEqual([basis.recorded.get('digest-1'), basis.toolCalls.get('call')], [sampleRecordedCall(1), call]);
      assert.deepEqual(basis.oldestRecorded, [{ number: 1, keepUntil: SAMPLE_AT + 1 }]);
      assert.deepEqual(await stage.sequences(header.uid), [1, 2, 3, 4]);
      assert.equal(await stage.holderOf('key'), 's');
    },

    'lists, search, statistics and due work know it again': async (stage) => {
      const messages = [sampleMessage(1, { terms: ['red'] })];
      await stage.begin('s', { userId: 'u', dueAt: SAMPLE_AT }, { changes: { messages } });
      await stage.reopen();
      assert.deepEqual(await stage.listedIds(), ['s']);
      const hits = await stage.store.search.find(stage.tenant, { terms: ['red'], scope: { userId: 'u' }, limit: 9 });
      assert.equal(hits.length, 1);
      assert.equal(await stage.store.sessions.countDue(SAMPLE_AT), 1);
      assert.equal((await stage.store.statistics.census())[0]?.sessionCount, 1);
    },

    'the log is there again and numbers go on, even after a compaction': async (stage) => {
      const header = await stage.begin('s');
      await stage.go('s', {}, { events: [sampleEvent(header, 'DORMANT')] });
      await stage.go('s', {}, { events: [sampleEvent(header, 'ENDED')] });
      await stage.store.events.compact(SAMPLE_AT + 1, 9);
      await stage.reopen();
      assert.deepEqual(await stage.store.events.bounds(stage.tenant), { firstNumber: 2, lastNumber: 2 });
      await stage.go('s', {}, { events: [sampleEvent(header, 'DELETED')] });
      const rows = await stage.store.events.read(stage.tenant, 0, 9);
      assert.deepEqual(
        rows.map(({ number, events }) => [number, events[0]?.kind]),
        [
          [2, 'ENDED'],
          [3, 'DELETED'],
        ],
      );
    },

    'a tombstone is there again': async (stage) => {
      await stage.begin('s', { version: 8 });
      const tombstone = await stage.bury('s');
      await stage.reopen();
      assert.deepEqual(await stage.header('s'), tombstone);
      assert.deepEqual(await stage.listedIds(), []);
    },

    'a commit on a basis from before is still compared': async (stage) => {
      await stage.begin('s');
      const basis = await stage.load('s');
      await stage.reopen();
      await stage.go('s');
      assert.ok(basis.header);
      const outcome = await stage.store.sessions.commit(basis, changesWith(nextHeader(basis.header)), []);
      assert.equal(outcome, 'conflict');
    },

    'store id and token secret stay the store’s': async (stage) => {
      const { storeId, tokenSecret } = stage.store;
      await stage.reopen();
      assert.equal(stage.store.storeId, storeId);
      assert.deepEqual(Uint8Array.from(stage.store.tokenSecret), Uint8Array.from(tokenSecret));
    },

    'agents, outages and signs of life are there again': async (stage) => {
      const activity = sampleAgentActivity({ tenant: stage.tenant, agentId: 'a' });
      const outage = { from: SAMPLE_AT - 10, to: SAMPLE_AT };
      await stage.store.agents.commit(activity, 0);
      await stage.store.presence.addOutage(outage);
      await stage.store.presence.beat('one', SAMPLE_AT + 5);
      await stage.reopen();
      assert.deepEqual(await stage.store.agents.load(stage.tenant, 'a'), activity);
      assert.deepEqual(await stage.store.presence.outages(), [outage]);
      assert.equal(await stage.store.presence.lastSeenAt(), SAMPLE_AT + 5);
    },

    'a store that was opened again finds nothing wrong with itself': async (stage) => {
      await fillOneOfEach(stage);
      await stage.reopen();
      await stage.store.check();
      for await (const finding of stage.store.verify()) assert.fail(finding.what);
    },
  },
  ['reopen'],
);

async function fillOneOfEach(stage: Stage): Promise<void> {
  await stage.begin('live', {}, { changes: { messages: sampleMessages(1, 30, { terms: ['x'] }), state: { a: 1 } } });
  await stage.go('live', {}, { changes: { messages: sampleMessages(31, 33), discardThrough: 10 } });
  await stage.begin('buried', {}, { changes: { messages: sampleMessages(1, 5) } });
  await stage.bury('buried');
}
