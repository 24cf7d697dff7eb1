import assert from 'node:assert/strict';
import type { ToolCallRecord } from '../model/activity.ts';
import { casesOf } from './contract-case.ts';
import { sampleMessages, sampleRecordedCall } from './samples.ts';
import type { Stage } from './stage.ts';

const ANY_AGE = Number.POSITIVE_INFINITY;

/** What a load brings beside the header where it is asked for it, and how old that may be. */
export const loadingCases = casesOf('loading', {
  'newest messages are a run up to the last, as a read has them': async (stage) => {
    await stage.begin('s', {}, { changes: { messages: sampleMessages(1, 50) } });
    await stage.go('s', {}, { changes: { messages: sampleMessages(51, 53) } });
    await assertNewest(stage, 's');
  },

  'newest messages come whether hidden or not': async (stage) => {
    const { uid } = await stage.begin('s', {}, { changes: { messages: sampleMessages(1, 5) } });
    await stage.go('s', { hidden: [[4, 5]] });
    const { newest } = await stage.load('s', { newest: true });
    if (newest !== undefined) assert.deepEqual(newest, (await stage.read(uid)).slice(-newest.length));
  },

  'newest messages have their token counts made exact': async (stage) => {
    await stage.begin('s', {}, { changes: { messages: sampleMessages(1, 3, { isTokenCountExact: false }) } });
    await stage.go('s', {}, { changes: { tokenCounts: [{ sequence: 3, tokenCount: 77 }] } });
    await assertNewest(stage, 's');
  },

  'newest messages are none of those that were discarded': async (stage) => {
    await stage.begin('s', {}, { changes: { messages: sampleMessages(1, 6) } });
    await stage.go('s', {}, { changes: { discardThrough: 4 } });
    await assertNewest(stage, 's');
  },

  'newest messages are none of an earlier life': async (stage) => {
    await stage.begin('s', {}, { changes: { messages: sampleMessages(1, 3) } });
    await stage.go('s', { uid: 'another uid' }, { changes: { messages: sampleMessages(4, 5) } });
    await assertNewest(stage, 's');
  },

  'newest messages stay few, and few bytes, however many and large there are': async (stage) => {
    const body = new Uint8Array(20_000).fill(7);
    await stage.begin('s', {}, { changes: { messages: sampleMessages(1, 300) } });
    assert.ok(((await stage.load('s', { newest: true })).newest ?? []).length <= 128);
    await stage.go('s', {}, { changes: { messages: sampleMessages(301, 320, { body }) } });
    const { newest = [] } = await stage.load('s', { newest: true });
    assert.ok(newest.reduce((sum, message) => sum + message.body.byteLength, 0) <= 128 * 1024);
  },

  'nothing beside the header comes unasked': async (stage) => {
    await stage.begin('s', {}, { changes: { messages: sampleMessages(1, 2), recorded: [sampleRecordedCall(1)] } });
    const basis = await stage.load('s', { requestIds: ['digest-1'] });
    assert.deepEqual([basis.newest, basis.known, basis.ageMs], [undefined, undefined, undefined]);
  },

  'an absent session and a tombstone have nothing beside them': async (stage) => {
    const wanted = { newest: true, memory: true };
    const absent = await stage.load('s', wanted);
    await stage.begin('s', {}, { changes: { messages: sampleMessages(1, 2), recorded: [sampleRecordedCall(1)] } });
    await stage.bury('s');
    for (const { newest, recorded, toolCalls } of [absent, await stage.load('s', wanted)]) {
      assert.deepEqual([newest ?? [], recorded.size, toolCalls.size], [[], 0, 0]);
    }
  },

  'what is said to be known whole has every request id and tool call': async (stage) => {
    const recorded = [1, 2, 3].map((number) => sampleRecordedCall(number));
    const toolCalls = [sampleToolCall('call-1'), sampleToolCall('call-2')];
    await stage.begin('s', {}, { changes: { recorded, toolCalls } });
    const basis = await stage.load('s', { memory: true });
    assert.ok(basis.known, 'a load of the memory says what of it is whole');
    if (basis.known.requestIds) assert.deepEqual([...basis.recorded.values()].sort(byNumber), recorded);
    if (basis.known.toolCalls) assert.deepEqual([...basis.toolCalls.values()].sort(byCallId), toolCalls);
  },

  'what was forgotten is not in the memory': async (stage) => {
    await stage.begin('s', {}, { changes: { recorded: [sampleRecordedCall(1), sampleRecordedCall(2)] } });
    await stage.go('s', {}, { changes: { recorded: [sampleRecordedCall(3)], forgetThrough: 1 } });
    const { recorded, known } = await stage.load('s', { memory: true });
    assert.equal(recorded.has('digest-1'), false);
    if (known?.requestIds) assert.deepEqual([...recorded.keys()].sort(), ['digest-2', 'digest-3']);
  },

  'what is looked up is found, however much there is to remember': async (stage) => {
    const recorded = Array.from({ length: 1000 }, (_, place) => sampleRecordedCall(place + 1));
    const toolCalls = Array.from({ length: 600 }, (_, place) => sampleToolCall(`call-${place}`));
    await stage.begin('s', {}, { changes: { recorded, toolCalls } });
    const needs = { memory: true, requestIds: ['digest-1', 'digest-1000'], toolCallIds: ['call-0', 'call-599'] };
    const basis = await stage.load('s', needs);
    for (const digest of needs.requestIds) assert.ok(basis.recorded.has(digest), digest);
    for (const callId of needs.toolCallIds) assert.ok(basis.toolCalls.has(callId), callId);
    if (basis.known?.requestIds) assert.equal(basis.recorded.size, recorded.length);
    if (basis.known?.toolCalls) assert.equal(basis.toolCalls.size, toolCalls.length);
  },

  'a load that allows an age sees every commit that was answered before it': async (stage) => {
    await stage.begin('s');
    for (const [place, maxAgeMs] of [ANY_AGE, 2000, 0].entries()) {
      const { rev } = await stage.go('s', {}, { changes: { recorded: [sampleRecordedCall(place + 1)] } });
      const { header } = await stage.store.sessions.load(stage.tenant, 's', {}, { maxAgeMs });
      assert.equal(header?.rev, rev);
    }
    await stage.bury('s');
    const buried = await stage.store.sessions.load(stage.tenant, 's', {}, { maxAgeMs: 2000 });
    assert.equal(buried.header?.isTombstone, true);
  },

  'an answer is no older than was allowed, and says its age': async (stage) => {
    await stage.begin('s');
    await stage.store.sessions.load(stage.tenant, 's', {}, { maxAgeMs: ANY_AGE });
    stage.clock.advance(1500);
    for (const maxAgeMs of [2000, 1000, 0]) {
      const { ageMs = 0 } = await stage.store.sessions.load(stage.tenant, 's', {}, { maxAgeMs });
      assert.ok(ageMs >= 0 && ageMs <= maxAgeMs, `${ageMs} ms where ${maxAgeMs} ms are allowed`);
    }
  },

  'a session that is not there is absent, whatever age is allowed': async (stage) => {
    const { header, ageMs } = await stage.store.sessions.load(stage.tenant, 's', {}, { maxAgeMs: ANY_AGE });
    assert.deepEqual([header, ageMs], [null, undefined]);
    await stage.begin('s');
    assert.ok((await stage.store.sessions.load(stage.tenant, 's', {}, { maxAgeMs: ANY_AGE })).header);
  },
});

/** A store may have none beside the header; what it has must be what a read answers. */
async function assertNewest(stage: Stage, sessionId: string): Promise<void> {
  const { header, newest } = await stage.load(sessionId, { newest: true });
  assert.ok(header);
  if (newest === undefined) return;
  assert.deepEqual(newest, (await stage.read(header.uid)).slice(-newest.length));
  if (newest.length > 0) assert.equal(newest.at(-1)?.sequence, header.lastSequence);
}

function sampleToolCall(callId: string): ToolCallRecord {
  return { callId, name: 'lookup', isFailed: false, durationMs: 12, startedAt: 1 };
}

function byNumber(one: { number: number }, other: { number: number }): number {
  return one.number - other.number;
}

function byCallId(one: ToolCallRecord, other: ToolCallRecord): number {
  return one.callId < other.callId ? -1 : 1;
}
