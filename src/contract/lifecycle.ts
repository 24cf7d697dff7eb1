import assert from 'node:assert/strict';
import { emptyActivity } from '../model/activity.ts';
import { changesWith } from '../model/basis.ts';
import type { SessionHeader } from '../model/session.ts';
import { casesOf } from './contract-case.ts';
import {
  SAMPLE_AT,
  sampleHeader,
  sampleMessage,
  sampleMessages,
  sampleRecordedCall,
  sampleSummary,
} from './samples.ts';
import { nextHeader, type Stage } from './stage.ts';

const ALL_PARTS = { details: true, state: true, summaries: true, activity: true };
const DETAILS = { title: 'Trip', labels: { tier: 'gold' }, metadata: { locale: 'de' }, errorMessage: 'none' };

/** A session from its first commit to the end of its tombstone. */
export const lifecycleCases = casesOf('lifecycle', {
  'an id that was never used has no header and nothing else': async (stage) => {
    const basis = await stage.load('s', { ...ALL_PARTS, requestIds: ['a'], toolCallIds: ['b'], claims: ['c'] });
    assert.equal(basis.header, null);
    assert.deepEqual([basis.tenant, basis.sessionId, basis.oldestRecorded], [stage.tenant, 's', []]);
    assert.deepEqual([basis.recorded.size, basis.toolCalls.size, basis.claims.size], [0, 0, 0]);
  },

  'a header comes back field by field as it was committed': async (stage) => {
    const header = await stage.begin('s', fullHeader());
    assert.deepEqual(await stage.header('s'), header);
  },

  'a header of empty and absent fields comes back as it was committed': async (stage) => {
    const header = await stage.begin('s', {
      deadlines: { dormantAt: SAMPLE_AT, expireAt: null, maxExpireAt: null, warnAt: null },
      dueAt: null,
    });
    assert.deepEqual(await stage.header('s'), header);
  },

  'each part comes back only where it was asked for': async (stage) => {
    await stage.begin('s', {}, { changes: { details: DETAILS, state: { step: 1 } } });
    const basis = await stage.load('s', { state: true });
    assert.deepEqual(basis.state, { step: 1 });
    assert.deepEqual([basis.details, basis.summaries, basis.activity], [undefined, undefined, undefined]);
  },

  'parts that were never written are empty where they were asked for': async (stage) => {
    await stage.begin('s');
    const { details, state, summaries, activity } = await stage.load('s', ALL_PARTS);
    assert.deepEqual(details, { title: '', labels: {}, metadata: {}, errorMessage: '' });
    assert.deepEqual([state, summaries], [{}, []]);
    assert.deepEqual(activity, emptyActivity());
  },

  'parts come back as they were committed and stay when a commit leaves them out': async (stage) => {
    const activity = {
      ...emptyActivity(),
      tools: { search: { calls: 2, failures: 1, durations: { 7: 2 }, totalDurationMs: 31 } },
      lastError: { message: 'timed out', at: SAMPLE_AT },
      agentStatus: 'busy',
      agentStatusAt: SAMPLE_AT,
    };
    const parts = {
      details: DETAILS,
      state: { list: [1, null, 'ü'] },
      summaries: [sampleSummary(1, 4, 'x')],
      activity,
    };
    await stage.begin('s', {}, { changes: parts });
    await stage.go('s', { version: 2 });
    const basis = await stage.load('s', ALL_PARTS);
    assert.deepEqual(
      { details: basis.details, state: basis.state, summaries: basis.summaries, activity: basis.activity },
      parts,
    );
    assert.deepEqual(await stage.store.sessions.summaries(stage.tenant, basis.header?.uid ?? ''), parts.summaries);
  },

  'a part that is written replaces the earlier one whole': async (stage) => {
    await stage.begin('s', {}, { changes: { state: { a: 1, b: { c: 2 } }, summaries: [sampleSummary(1, 2, 'x')] } });
    await stage.go('s', {}, { changes: { state: { b: {} }, summaries: [] } });
    const { state, summaries } = await stage.load('s', ALL_PARTS);
    assert.deepEqual([state, summaries], [{ b: {} }, []]);
  },

  'a tombstone keeps its header and nothing else': async (stage) => {
    await beginFull(stage);
    const tombstone = await stage.bury('s');
    const basis = await stage.load('s', { ...ALL_PARTS, requestIds: ['digest-1'], toolCallIds: ['call'] });
    assert.deepEqual(basis.header, tombstone);
    assert.deepEqual([basis.details, basis.state, basis.summaries, basis.activity], Array(4).fill(undefined));
    assert.deepEqual([basis.recorded.size, basis.toolCalls.size, basis.oldestRecorded], [0, 0, []]);
    assert.deepEqual(await stage.read(tombstone.uid), []);
    assert.deepEqual(await stage.store.sessions.summaries(stage.tenant, tombstone.uid), []);
  },

  'a life over a tombstone goes on from its numbers and sees nothing of the one before': async (stage) => {
    await beginFull(stage);
    const { uid: earlier, lastSequence } = await stage.bury('s');
    await stage.go(
      's',
      { uid: 'second life', isTombstone: false, lastSequence: lastSequence + 1 },
      { changes: { messages: [sampleMessage(lastSequence + 1)] } },
    );
    const basis = await stage.load('s', { ...ALL_PARTS, requestIds: ['digest-1'], toolCallIds: ['call'] });
    assert.deepEqual([basis.state, basis.summaries, basis.recorded.size, basis.toolCalls.size], [{}, [], 0, 0]);
    assert.deepEqual(await stage.sequences('second life'), [lastSequence + 1]);
    assert.deepEqual(await stage.sequences(earlier), []);
  },

  'another uid in place of a live one puts the earlier life out of reach at once': async (stage) => {
    const { uid } = await beginFull(stage);
    await stage.go('s', { uid: 'next' }, { changes: { state: { fresh: true } } });
    const basis = await stage.load('s', { ...ALL_PARTS, requestIds: ['digest-1'] });
    assert.deepEqual([basis.state, basis.summaries, basis.recorded.size], [{ fresh: true }, [], 0]);
    assert.deepEqual([await stage.sequences(uid), await stage.sequences('next')], [[], []]);
    assert.deepEqual(await stage.listedIds(), ['s']);
  },

  'a forgotten tombstone leaves its id as if it had never been used': async (stage) => {
    await stage.begin('s');
    const { uid, rev } = await stage.bury('s');
    await stage.store.sessions.forget(stage.tenant, 's', uid, rev);
    assert.equal((await stage.load('s')).header, null);
    await stage.begin('s', { uid: 'second life' });
  },

  'a tombstone is not forgotten for another uid, another revision or another tenant': async (stage) => {
    await stage.begin('s');
    const tombstone = await stage.bury('s');
    await stage.store.sessions.forget(stage.tenant, 's', 'other', tombstone.rev);
    await stage.store.sessions.forget(stage.tenant, 's', tombstone.uid, tombstone.rev - 1);
    await stage.store.sessions.forget('tenant-b', 's', tombstone.uid, tombstone.rev);
    assert.deepEqual(await stage.header('s'), tombstone);
  },

  'a live session is never forgotten': async (stage) => {
    const header = await stage.begin('s');
    await stage.store.sessions.forget(stage.tenant, 's', header.uid, header.rev);
    assert.deepEqual(await stage.header('s'), header);
  },

  'garbage collection takes what is gone and leaves every live session whole': async (stage) => {
    await beginFull(stage);
    const kept = await stage.begin('kept', {}, { changes: { messages: sampleMessages(1, 20), state: { a: 1 } } });
    await stage.bury('s');
    for (let step = 0; (await stage.store.collectGarbage(5)) > 0; step++) assert.ok(step < 1000, 'it comes to an end');
    assert.equal((await stage.read(kept.uid)).length, 20);
    assert.deepEqual((await stage.load('kept', { state: true })).state, { a: 1 });
    assert.equal((await stage.header('s')).isTombstone, true);
  },

  'what a caller does to its values after a commit changes nothing in the store': async (stage) => {
    const message = sampleMessage(1);
    const state = { list: [1] };
    const header = sampleHeader({ tenant: stage.tenant, sessionId: 's', lastSequence: 1 });
    const changes = changesWith(header, { messages: [message], state });
    await stage.store.sessions.commit(await stage.load('s'), changes, []);
    message.body.fill(0);
    state.list.push(2);
    header.counters.messageCount = 99;
    const basis = await stage.load('s', { state: true });
    assert.deepEqual([basis.state, basis.header?.counters.messageCount], [{ list: [1] }, 0]);
    assert.deepEqual((await stage.read(header.uid))[0]?.body, sampleMessage(1).body);
  },

  'what a caller does to an answer changes nothing in the store': async (stage) => {
    const { uid } = await stage.begin('s', {}, { changes: { messages: [sampleMessage(1)], state: { list: [1] } } });
    const basis = await stage.load('s', { state: true });
    Object.assign(basis.state ?? {}, { list: [] });
    if (basis.header) basis.header.counters.messageCount = 99;
    (await stage.read(uid))[0]?.body.fill(0);
    const again = await stage.load('s', { state: true });
    assert.deepEqual([again.state, again.header?.counters.messageCount], [{ list: [1] }, 0]);
    assert.deepEqual((await stage.read(uid))[0]?.body, sampleMessage(1).body);
  },
});

/** Begins `s` with something of every kind hanging on it. */
function beginFull(stage: Stage): Promise<SessionHeader> {
  return stage.begin(
    's',
    {},
    {
      changes: {
        messages: sampleMessages(1, 3),
        details: DETAILS,
        state: { step: 1 },
        summaries: [sampleSummary(1, 2, 'x')],
        recorded: [sampleRecordedCall(1)],
        toolCalls: [{ callId: 'call', name: 'search', isFailed: false, durationMs: 4 }],
      },
    },
  );
}

function fullHeader(): Partial<SessionHeader> {
  return nextHeader(sampleHeader({ tenant: 'tenant-a', sessionId: 's' }), {
    userId: 'user',
    agentId: 'agent',
    channel: 'telegram',
    conversationKey: 'chat 7',
    status: 'ENDED',
    outcome: 'FAILED',
    endReason: 'CALLER',
    qualityScore: 4,
    generation: 3,
    runId: 'run-3',
    version: 12,
    lastSequence: 0,
    lastTurnId: 'turn',
    model: 'model-x',
    tokenLimit: 8000,
    terms: { dormantAfterMs: 1, ttlMs: 2, maxTtlMs: 3, neverExpires: true, expiringLeadMs: 4, revision: 5 },
    deadlines: { dormantAt: SAMPLE_AT + 1, expireAt: SAMPLE_AT + 2, maxExpireAt: SAMPLE_AT + 3, warnAt: SAMPLE_AT + 4 },
    endedAt: SAMPLE_AT + 5,
    purgeAt: SAMPLE_AT + 6,
    dueAt: SAMPLE_AT + 7,
    counters: {
      messageCount: 1,
      turnCount: 2,
      inputTokens: 2 ** 40,
      outputTokens: 4,
      toolCallCount: 5,
      errorCount: 6,
      summaryCount: 7,
      messagesByRole: { SYSTEM: 1, DEVELOPER: 2, USER: 3, ASSISTANT: 4, TOOL: 5 },
    },
    hidden: [
      [2, 5],
      [9, 9],
    ],
    discard: { through: 5, at: SAMPLE_AT + 8 },
    requestIds: { first: 3, next: 9 },
    claims: ['key'],
    warned: [SAMPLE_AT + 4],
  });
}
