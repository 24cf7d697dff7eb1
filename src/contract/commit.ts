import assert from 'node:assert/strict';
import { changesWith } from '../model/basis.ts';
import { casesOf } from './contract-case.ts';
import { SAMPLE_AT, sampleEvent, sampleHeader, sampleMessage, sampleMessages, sampleRecordedCall } from './samples.ts';
import { nextHeader } from './stage.ts';

/** What makes a commit a conflict, and that a commit is all or nothing. */
export const commitCases = casesOf('commit', {
  'a second commit on one basis is a conflict': async (stage) => {
    const header = await stage.begin('s');
    const basis = await stage.load('s');
    await stage.go('s', { version: 2 });
    const changes = changesWith(nextHeader(header, { version: 3 }));
    assert.equal(await stage.store.sessions.commit(basis, changes, []), 'conflict');
    assert.equal((await stage.header('s')).version, 2);
  },

  'a conflict writes nothing at all': async (stage) => {
    const header = await stage.begin('s');
    const basis = await stage.load('s');
    await stage.go('s', { version: 2 });
    const late = nextHeader(header, { lastSequence: 1 });
    const changes = changesWith(late, {
      messages: [sampleMessage(1, { terms: ['ghost'] })],
      state: { ghost: true },
      recorded: [sampleRecordedCall(1)],
      toolCalls: [{ callId: 'ghost', name: 'n', isFailed: false, durationMs: null }],
      claims: ['ghost'],
    });
    assert.equal(await stage.store.sessions.commit(basis, changes, [sampleEvent(late, 'ENDED')]), 'conflict');
    const after = await stage.load('s', { state: true, requestIds: ['digest-1'], toolCallIds: ['ghost'] });
    assert.deepEqual([after.state, after.recorded.size, after.toolCalls.size], [{}, 0, 0]);
    assert.deepEqual(await stage.sequences(header.uid), []);
    assert.equal(await stage.store.sessions.findClaim(stage.tenant, 'ghost'), null);
    assert.equal((await stage.store.events.bounds(stage.tenant)).lastNumber, 0);
    assert.deepEqual(await stage.store.search.find(stage.tenant, { terms: ['ghost'], scope: {}, limit: 9 }), []);
  },

  'a commit on an absent basis is a conflict once the id is in use': async (stage) => {
    const basis = await stage.load('s');
    await stage.begin('s');
    const changes = changesWith(sampleHeader({ tenant: stage.tenant, sessionId: 's', uid: 'late' }));
    assert.equal(await stage.store.sessions.commit(basis, changes, []), 'conflict');
    assert.notEqual((await stage.header('s')).uid, 'late');
  },

  'a commit on an absent basis is a conflict over a tombstone': async (stage) => {
    const basis = await stage.load('s');
    await stage.begin('s');
    await stage.bury('s');
    const changes = changesWith(sampleHeader({ tenant: stage.tenant, sessionId: 's', uid: 'late' }));
    assert.equal(await stage.store.sessions.commit(basis, changes, []), 'conflict');
  },

  'a commit on a header that is forgotten is a conflict': async (stage) => {
    await stage.begin('s');
    const { uid, rev } = await stage.bury('s');
    const basis = await stage.load('s');
    await stage.store.sessions.forget(stage.tenant, 's', uid, rev);
    const changes = changesWith(sampleHeader({ tenant: stage.tenant, sessionId: 's', rev: rev + 1 }));
    assert.equal(await stage.store.sessions.commit(basis, changes, []), 'conflict');
    assert.equal((await stage.load('s')).header, null);
  },

  'a commit on another life of the id is a conflict even where the revision is the same': async (stage) => {
    const first = await stage.begin('s', { uid: 'first', rev: 5 });
    const basis = await stage.load('s');
    await stage.go('s', { uid: 'second', rev: 5 });
    assert.equal(await stage.store.sessions.commit(basis, changesWith(nextHeader(first)), []), 'conflict');
    assert.equal((await stage.header('s')).uid, 'second');
  },

  'one of many commits on one basis wins': async (stage) => {
    const header = await stage.begin('s');
    const basis = await stage.load('s');
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, racer) =>
        stage.store.sessions.commit(basis, changesWith(nextHeader(header, { version: 100 + racer })), []),
      ),
    );
    assert.equal(outcomes.filter((outcome) => outcome === 'committed').length, 1);
    assert.equal((await stage.header('s')).version, 100 + outcomes.indexOf('committed'));
  },

  'one of many first commits of an id wins': async (stage) => {
    const basis = await stage.load('s');
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, racer) => {
        const header = sampleHeader({ tenant: stage.tenant, sessionId: 's', uid: `racer ${racer}` });
        return stage.store.sessions.commit(basis, changesWith(header), []);
      }),
    );
    assert.equal(outcomes.filter((outcome) => outcome === 'committed').length, 1);
    assert.equal((await stage.header('s')).uid, `racer ${outcomes.indexOf('committed')}`);
  },

  'sessions do not get in each other’s way': async (stage) => {
    const one = await stage.begin('one');
    const basis = await stage.load('one');
    await stage.begin('two');
    await stage.go('two');
    assert.equal(await stage.store.sessions.commit(basis, changesWith(nextHeader(one)), []), 'committed');
  },

  'reads see a whole commit or nothing of it': async (stage) => {
    const { uid } = await stage.begin('s', {}, { changes: { messages: sampleMessages(1, 2), state: { count: 2 } } });
    const look = async () => {
      for (let turn = 0; turn < 20; turn++) {
        const { header, state } = await stage.load('s', { state: true });
        assert.deepEqual(state, { count: header?.lastSequence });
        assert.ok((await stage.read(uid)).length >= (header?.lastSequence ?? 0));
      }
    };
    const parts = { changes: { messages: sampleMessages(3, 50), state: { count: 50 } } };
    await Promise.all([stage.go('s', {}, parts), look()]);
    assert.equal((await stage.read(uid)).length, 50);
  },

  'an estimate made exact changes the token count and nothing else': async (stage) => {
    const messages = sampleMessages(1, 3, { tokenCount: 9, isTokenCountExact: false });
    const { uid } = await stage.begin('s', {}, { changes: { messages } });
    await stage.go('s', {}, { changes: { tokenCounts: [{ sequence: 2, tokenCount: 7 }] } });
    const expected = messages.map(({ terms: _, ...message }) => message);
    Object.assign(expected[1]!, { tokenCount: 7, isTokenCountExact: true });
    assert.deepEqual(await stage.read(uid), expected);
  },

  'discarded messages are gone for good, and numbers go on': async (stage) => {
    const { uid } = await stage.begin('s', {}, { changes: { messages: sampleMessages(1, 5, { terms: ['old'] }) } });
    await stage.go('s', {}, { changes: { messages: [sampleMessage(6)], discardThrough: 3 } });
    assert.deepEqual(await stage.sequences(uid), [4, 5, 6]);
    assert.deepEqual(await stage.sequences(uid, { from: 'newest', limit: 2 }), [5, 6]);
    assert.deepEqual(await stage.sequences(uid, { afterSequence: 4 }), [5, 6]);
    const hits = await stage.store.search.find(stage.tenant, { terms: ['old'], scope: {}, limit: 9 });
    assert.deepEqual(hits.map(({ message }) => message.sequence).sort(), [4, 5]);
    await stage.go('s', {}, { changes: { messages: [sampleMessage(7)], discardThrough: 6 } });
    assert.deepEqual(await stage.sequences(uid), [7]);
  },

  'tool calls are inserted or replaced by call id': async (stage) => {
    const call = { callId: 'a', name: 'search', isFailed: false, durationMs: null };
    await stage.begin('s', {}, { changes: { toolCalls: [call, { ...call, callId: 'b' }] } });
    await stage.go('s', {}, { changes: { toolCalls: [{ ...call, isFailed: true, durationMs: 12 }] } });
    const { toolCalls } = await stage.load('s', { toolCallIds: ['a', 'b', 'c'] });
    assert.deepEqual(toolCalls.get('a'), { ...call, isFailed: true, durationMs: 12 });
    assert.deepEqual(toolCalls.get('b'), { ...call, callId: 'b' });
    assert.equal(toolCalls.has('c'), false);
  },

  'of the tool calls only those asked for come back': async (stage) => {
    const call = { callId: 'a', name: 'search', isFailed: false, durationMs: null };
    await stage.begin('s', {}, { changes: { toolCalls: [call, { ...call, callId: 'b' }] } });
    assert.deepEqual([...(await stage.load('s', { toolCallIds: ['b'] })).toolCalls.keys()], ['b']);
    assert.equal((await stage.load('s')).toolCalls.size, 0);
  },

  'createdAt and lastAccessAt are what the header says, whatever the clock says': async (stage) => {
    stage.clock.advance(1_000_000);
    await stage.begin('s', { createdAt: SAMPLE_AT - 5, lastAccessAt: SAMPLE_AT - 4 });
    const { createdAt, lastAccessAt } = await stage.header('s');
    assert.deepEqual([createdAt, lastAccessAt], [SAMPLE_AT - 5, SAMPLE_AT - 4]);
  },
});
