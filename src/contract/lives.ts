import assert from 'node:assert/strict';
import type { Call } from '../model/call.ts';
import { REQUEST_CLAIMS_MAX } from '../model/claim-key.ts';
import { accessCall, appendCall, clearCall, deleteCall, endCall, requestedAs, resumeCall, startCall } from './calls.ts';
import { casesOf } from './contract-case.ts';
import type { Stage } from './stage.ts';

const SHORT_TERMS = { dormantAfterMs: 1000, ttlMs: 2000, expiringLeadMs: 0 };
const RETENTION_MS = 7 * 24 * 3_600_000;
const TOMBSTONE_MS = 72 * 3_600_000;

/** Whole lives of sessions, decided by model/decide as the service does. */
export const lifeCases = casesOf('lives', {
  'a session is started, spoken in and ended': async (stage) => {
    await perform(stage, 's', startCall({ userId: 'u', state: { a: 1 } }), appendCall(['hello', 'there']), endCall());
    const header = await stage.header('s');
    assert.deepEqual(
      [header.status, header.outcome, header.lastSequence, header.version],
      ['ENDED', 'COMPLETED', 2, 3],
    );
    assert.deepEqual(await stage.visibleTexts('s'), ['hello', 'there']);
    assert.deepEqual(await stage.eventKinds('s'), ['ENDED']);
  },

  'ending twice answers the first end and logs it once': async (stage) => {
    await perform(stage, 's', startCall(), endCall('FAILED'));
    const first = await stage.header('s');
    stage.clock.advance(500);
    await stage.driver().submit('s', endCall('COMPLETED'));
    assert.deepEqual(await stage.header('s'), first);
    assert.deepEqual(await stage.eventKinds('s'), ['ENDED']);
  },

  'an ended session takes no message until it is reopened': async (stage) => {
    await perform(stage, 's', startCall(), appendCall(['one']), endCall());
    await assert.rejects(stage.driver().submit('s', appendCall(['two'])), { reason: 'SESSION_ENDED' });
    await perform(stage, 's', resumeCall(true), appendCall(['two']));
    assert.deepEqual(await stage.visibleTexts('s'), ['one', 'two']);
    assert.equal((await stage.header('s')).generation, 2);
  },

  'an access to a dormant session revives it with its history': async (stage) => {
    await perform(stage, 's', startCall({ terms: SHORT_TERMS }), appendCall(['one']));
    const { runId } = await stage.header('s');
    stage.clock.advance(1500);
    const { resumed, previousGeneration, header } = await stage.driver().submit('s', appendCall(['two']));
    assert.deepEqual([resumed, previousGeneration, header.generation, header.status], [true, 1, 2, 'ACTIVE']);
    assert.notEqual(header.runId, runId);
    assert.deepEqual(await stage.visibleTexts('s'), ['one', 'two']);
    assert.deepEqual(await stage.eventKinds('s'), ['DORMANT']);
  },

  'what was deleted is not found, and nothing of it is left in reach': async (stage) => {
    await perform(stage, 's', startCall({ userId: 'u' }), appendCall(['secret plan']));
    const { uid } = await stage.header('s');
    await perform(stage, 's', deleteCall());
    await assert.rejects(stage.driver().submit('s', accessCall()), { reason: 'SESSION_NOT_FOUND' });
    assert.deepEqual([await stage.read(uid), await stage.listedIds()], [[], []]);
    const hits = await stage.store.search.find(stage.tenant, { terms: ['secret'], scope: {}, limit: 9 });
    assert.deepEqual(hits, []);
    assert.deepEqual(await stage.eventKinds('s'), ['DELETED']);
  },

  'a Start after a Delete goes on with version and sequence, and sees nothing from before': async (stage) => {
    await perform(stage, 's', startCall({ state: { old: 1 } }), appendCall(['one', 'two']));
    const before = await stage.header('s');
    await perform(stage, 's', deleteCall(), startCall(), appendCall(['three']));
    const after = await stage.header('s');
    assert.notEqual(after.uid, before.uid);
    assert.equal(after.lastSequence, 3);
    assert.ok(after.version > before.version && after.rev > before.rev);
    assert.deepEqual(await stage.visibleTexts('s'), ['three']);
    assert.deepEqual((await stage.load('s', { state: true })).state, {});
  },

  'both lives of an id have their own end in the log': async (stage) => {
    await perform(stage, 's', startCall(), endCall(), deleteCall(), startCall(), endCall(), deleteCall());
    const events = await stage.events('s');
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['ENDED', 'DELETED', 'ENDED', 'DELETED'],
    );
    assert.equal(new Set(events.map(({ eventId }) => eventId)).size, 4);
  },

  'a deleted id is remembered for 72 hours, then begins anew': async (stage) => {
    await perform(stage, 's', startCall(), appendCall(['one']), deleteCall());
    stage.clock.advance(TOMBSTONE_MS - 1);
    await stage.driver().sweep();
    assert.equal((await stage.header('s')).isTombstone, true);
    stage.clock.advance(1);
    await stage.driver().sweep();
    assert.equal((await stage.load('s')).header, null);
    await perform(stage, 's', startCall());
    assert.deepEqual([(await stage.header('s')).version, (await stage.header('s')).lastSequence], [1, 0]);
  },

  'a restart of an expired session hides what was said and keeps the numbers': async (stage) => {
    await perform(stage, 's', startCall({ terms: SHORT_TERMS, state: { old: 1 } }), appendCall(['one', 'two']));
    stage.clock.advance(2000);
    const restart = startCall({ ifExists: 'RESTART', state: { fresh: 1 } });
    const { created, header } = await stage.driver().submit('s', restart);
    assert.deepEqual([created, header.generation], [true, 2]);
    await perform(stage, 's', appendCall(['three']));
    assert.deepEqual(await stage.visibleTexts('s'), ['three']);
    assert.equal((await stage.header('s')).lastSequence, 3);
    assert.deepEqual((await stage.load('s', { state: true })).state, { fresh: 1 });
    assert.deepEqual(await stage.eventKinds('s'), ['DORMANT', 'EXPIRED']);
  },

  'what a restart hid is gone for good after the retention': async (stage) => {
    await perform(stage, 's', startCall({ terms: { neverExpires: true } }), appendCall(['one', 'two']), endCall());
    await perform(stage, 's', startCall({ ifExists: 'RESTART', terms: { neverExpires: true } }), appendCall(['three']));
    const { uid } = await stage.header('s');
    assert.deepEqual(await stage.sequences(uid), [1, 2, 3]);
    stage.clock.advance(RETENTION_MS);
    await stage.driver().sweep();
    assert.deepEqual(await stage.sequences(uid), [3]);
    assert.deepEqual(await stage.visibleTexts('s'), ['three']);
  },

  'cleared messages are out of sight and their numbers are not used again': async (stage) => {
    await perform(stage, 's', startCall(), appendCall(['one', 'two']), clearCall(), appendCall(['three']));
    assert.deepEqual(await stage.visibleTexts('s'), ['three']);
    const { lastSequence, counters } = await stage.header('s');
    assert.deepEqual([lastSequence, counters.messageCount, counters.inputTokens], [3, 1, 1]);
  },

  'a conversation’s claim is free once its session has ended': async (stage) => {
    await stage.driver().submit('one', startCall({}, {}, ['k/chat']));
    await assert.rejects(stage.driver().submit('two', startCall({}, {}, ['k/chat'])), { reason: 'SESSION_EXISTS' });
    await perform(stage, 'one', endCall());
    await stage.driver().submit('two', startCall({}, {}, ['k/chat']));
    assert.equal(await stage.holderOf('k/chat'), 'two');
  },

  'a Start’s request id is answered as it was after its session expired and was started over': async (stage) => {
    const start = startCall({ terms: SHORT_TERMS }, requestedAs('first'), ['r/first', 'k/chat']);
    const first = await stage.driver().submit('s', start);
    stage.clock.advance(2000);
    assert.equal(await stage.holderOf('r/first'), 's');
    await stage.driver().sweep();
    assert.equal(await stage.holderOf('r/first'), 's');
    await perform(stage, 's', startCall({ ifExists: 'RESTART' }, requestedAs('second'), ['r/second']));
    assert.deepEqual([await stage.holderOf('r/first'), await stage.holderOf('r/second')], ['s', 's']);
    const again = await stage.driver().submit('s', start);
    assert.deepEqual([again.isRepeated, again.created, again.version], [true, true, first.version]);
    assert.equal((await stage.header('s')).generation, 2);
  },

  'a Start that found a session leaves its request id there, whoever has the conversation later': async (stage) => {
    const find = startCall({ ifExists: 'RESTART' }, requestedAs('find'), ['k/chat', 'r/find']);
    await perform(stage, 'one', startCall({}, {}, ['k/chat']), find, endCall());
    await perform(stage, 'two', startCall({}, {}, ['k/chat']));
    assert.deepEqual([await stage.holderOf('r/find'), await stage.holderOf('k/chat')], ['one', 'two']);
    const again = await stage.driver().submit('one', find);
    assert.deepEqual([again.isRepeated, again.created, again.version], [true, false, 1]);
    await assert.rejects(stage.driver().submit('two', find), { reason: 'SESSION_EXISTS' });
    await perform(stage, 'one', deleteCall());
    assert.equal(await stage.holderOf('r/find'), null);
  },

  'the request id of the Start that made a session outlasts those that found it, of which it holds the newest': async (
    stage,
  ) => {
    const make = startCall({}, requestedAs('make'), ['r/make']);
    await perform(stage, 's', make);
    for (let place = 1; place <= REQUEST_CLAIMS_MAX + 24; place += 1) {
      await perform(stage, 's', startCall({ ifExists: 'RETURN' }, requestedAs(`${place}`), [`r/${place}`]));
    }
    const holders = ['r/make', 'r/25', 'r/26', 'r/40'].map((key) => stage.holderOf(key));
    assert.deepEqual(await Promise.all(holders), ['s', null, 's', 's']);
    assert.equal((await stage.driver().submit('s', make)).created, true);
    await perform(stage, 'other', startCall({}, requestedAs('25'), ['r/25']));
    assert.equal(await stage.holderOf('r/25'), 'other');
  },

  'equal calls of two tenants make equal sessions that know nothing of each other': async (stage) => {
    for (const tenant of ['tenant-a', 'tenant-b']) {
      const driver = stage.driver({ tenant });
      await driver.submit('s', startCall({}, requestedAs('start'), ['k/chat']));
      await driver.submit('s', appendCall([`of ${tenant}`], requestedAs('append')));
    }
    const other = await stage.header('s', 'tenant-b');
    assert.equal(other.lastSequence, 1);
    await perform(stage, 's', deleteCall());
    assert.deepEqual(await stage.header('s', 'tenant-b'), other);
    const [message] = await stage.read(other.uid, {}, 'tenant-b');
    assert.equal(new TextDecoder().decode(message?.body), 'of tenant-b');
  },
});

/** Lives that go on after the store was closed and opened again. */
export const restartCases = casesOf(
  'restart',
  {
    'what was answered is there after a restart, and numbers go on': async (stage) => {
      await perform(stage, 's', startCall(), appendCall(['one', 'two']));
      await stage.reopen();
      await perform(stage, 's', appendCall(['three']));
      assert.deepEqual(await stage.visibleTexts('s'), ['one', 'two', 'three']);
      assert.equal((await stage.header('s')).lastSequence, 3);
    },

    'a request id is remembered across a restart': async (stage) => {
      await perform(stage, 's', startCall());
      const first = await stage.driver().submit('s', appendCall(['one'], requestedAs('r')));
      await stage.reopen();
      const again = await stage.driver().submit('s', appendCall(['one'], requestedAs('r')));
      assert.deepEqual([again.isRepeated, again.sequences], [true, first.sequences]);
      assert.deepEqual(await stage.visibleTexts('s'), ['one']);
    },

    'what fell due while the store was closed happens once it is open': async (stage) => {
      await perform(stage, 's', startCall({ terms: SHORT_TERMS }));
      stage.clock.advance(5000);
      await stage.reopen();
      await stage.driver().sweep();
      await stage.reopen();
      await stage.driver().sweep();
      assert.deepEqual(await stage.eventKinds('s'), ['DORMANT', 'EXPIRED']);
      await assert.rejects(stage.driver().submit('s', accessCall()), { reason: 'SESSION_EXPIRED' });
    },

    'what was hidden stays hidden': async (stage) => {
      await perform(stage, 's', startCall(), appendCall(['one', 'two']), clearCall(), appendCall(['three']));
      await stage.reopen();
      assert.deepEqual(await stage.visibleTexts('s'), ['three']);
      const hits = await stage.store.search.find(stage.tenant, { terms: ['one', 'three'], scope: {}, limit: 9 });
      assert.deepEqual(
        hits.map(({ message }) => message.sequence),
        [3],
      );
    },

    'a deleted id still goes on from its numbers': async (stage) => {
      await perform(stage, 's', startCall(), appendCall(['one']), deleteCall());
      await stage.reopen();
      await perform(stage, 's', startCall(), appendCall(['two']));
      assert.equal((await stage.header('s')).lastSequence, 2);
      assert.deepEqual(await stage.visibleTexts('s'), ['two']);
    },
  },
  ['reopen'],
);

async function perform(stage: Stage, sessionId: string, ...calls: Call[]): Promise<void> {
  const driver = stage.driver();
  for (const call of calls) await driver.submit(sessionId, call);
}
