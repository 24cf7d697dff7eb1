import assert from 'node:assert/strict';
import type { Call, Cut } from '../model/call.ts';
import { appendCall, deleteCall, requestedAs, rewindCall, specOf, startCall, summaryCall } from './calls.ts';
import { casesOf } from './contract-case.ts';
import type { Stage } from './stage.ts';

/** Repeated, conditional, batched and taken-back writes. */
export const writeCases = casesOf('writes', {
  'a repeated request id gets its first answer and does nothing': async (stage) => {
    await stage.driver().submit('s', startCall());
    const first = await stage.driver().submit('s', appendCall(['one', 'two'], requestedAs('r')));
    await stage.driver().submit('s', appendCall(['three']));
    const again = await stage.driver().submit('s', appendCall(['one', 'two'], requestedAs('r')));
    assert.equal(again.isRepeated, true);
    assert.deepEqual([again.sequences, again.version], [first.sequences, first.version]);
    assert.deepEqual(await stage.visibleTexts('s'), ['one', 'two', 'three']);
  },

  'a request id with other content is refused and does nothing': async (stage) => {
    await stage.driver().submit('s', startCall());
    await stage.driver().submit('s', appendCall(['one'], requestedAs('r', 'one')));
    await refuse(stage, appendCall(['two'], requestedAs('r', 'two')), 'REQUEST_ID_REUSED');
    assert.deepEqual(await stage.visibleTexts('s'), ['one']);
  },

  'a refused call is not remembered': async (stage) => {
    await stage.driver().submit('s', startCall());
    await refuse(stage, appendCall(['one'], { ...requestedAs('r'), expectedVersion: 7 }), 'VERSION_MISMATCH');
    const { isRepeated } = await stage.driver().submit('s', appendCall(['one'], requestedAs('r')));
    assert.equal(isRepeated, false);
  },

  'a repeated Start is answered as made, as long as the session exists': async (stage) => {
    await stage.driver().submit('s', startCall({ terms: { neverExpires: true } }, requestedAs('start')));
    for (let place = 0; place < 300; place++)
      await stage.driver().submit('s', appendCall(['m'], requestedAs(`${place}`)));
    stage.clock.advance(3_600_000);
    await stage.driver().submit('s', appendCall(['m'], requestedAs('last')));
    const again = await stage.driver().submit('s', startCall({ terms: { neverExpires: true } }, requestedAs('start')));
    assert.deepEqual([again.isRepeated, again.created, again.version], [true, true, 1]);
  },

  'the newest 256 request ids are remembered for long, and all for two minutes': async (stage) => {
    await stage.driver().submit('s', startCall());
    for (let place = 0; place < 300; place++)
      await stage.driver().submit('s', appendCall(['m'], requestedAs(`${place}`)));
    assert.equal((await stage.driver().submit('s', appendCall(['m'], requestedAs('0')))).isRepeated, true);
    stage.clock.advance(121_000);
    for (let place = 300; place < 310; place++)
      await stage.driver().submit('s', appendCall(['m'], requestedAs(`${place}`)));
    const isKept = async (requestId: string) => {
      const { request } = requestedAs(requestId);
      return (await stage.load('s', { requestIds: [request?.digest ?? ''] })).recorded.size === 1;
    };
    assert.deepEqual([await isKept('0'), await isKept('53'), await isKept('54')], [false, false, true]);
    assert.equal(await isKept('309'), true);
  },

  'a batch is there as a whole or not at all': async (stage) => {
    await stage.driver().submit('s', startCall());
    const tooMany = Array.from({ length: 501 }, (_, place) => `${place}`);
    await refuse(stage, appendCall(tooMany, {}, { state: { half: true } }), 'LIMIT_EXCEEDED');
    const basis = await stage.load('s', { state: true });
    assert.deepEqual([basis.header?.lastSequence, basis.state], [0, {}]);
    const { sequences } = await stage.driver().submit('s', appendCall(tooMany.slice(1), {}, { state: { all: true } }));
    assert.deepEqual(sequences, [1, 500]);
    assert.deepEqual((await stage.load('s', { state: true })).state, { all: true });
  },

  'an append may start the session that it is missing': async (stage) => {
    const call = () => appendCall(['hello'], {}, { spec: specOf({ userId: 'u', ifExists: 'RESTART' }) });
    assert.equal((await stage.driver().submit('s', call())).created, true);
    assert.equal((await stage.driver().submit('s', call())).created, false);
    assert.deepEqual(await stage.visibleTexts('s'), ['hello', 'hello']);
    await refuse(stage, appendCall(['x']), 'SESSION_NOT_FOUND', 'missing');
  },

  'a rewind through a sequence hides all above it': async (stage) => {
    await assertCut(stage, { kind: 'throughSequence', sequence: 2 }, ['a', 'b']);
  },

  'a rewind of the last messages hides as many': async (stage) => {
    await assertCut(stage, { kind: 'lastMessages', count: 3 }, ['a']);
  },

  'a rewind of the last turns hides as many': async (stage) => {
    await assertCut(stage, { kind: 'lastTurns', count: 2 }, ['a', 'b']);
  },

  'a rewind to a turn hides it and all after it': async (stage) => {
    await stage.driver().submit('s', startCall());
    for (const turnId of ['t1', 't2', 't3']) {
      await stage.driver().submit('s', appendCall([`${turnId} a`, `${turnId} b`], {}, { message: { turnId } }));
    }
    await stage.driver().submit('s', rewindCall({ kind: 'turnId', turnId: 't2' }));
    assert.deepEqual(await stage.visibleTexts('s'), ['t1 a', 't1 b']);
    await refuse(stage, rewindCall({ kind: 'turnId', turnId: 't2' }), 'MESSAGE_NOT_FOUND');
  },

  'a cut and an append are one commit, and hidden numbers are not used again': async (stage) => {
    await stage.driver().submit('s', startCall());
    await stage.driver().submit('s', appendCall(['a', 'b', 'c']));
    const cut: Cut = { kind: 'throughSequence', sequence: 1 };
    const { sequences, removedCount } = await stage.driver().submit('s', appendCall(['d'], {}, { cut }));
    assert.deepEqual([sequences, removedCount], [[4, 4], 2]);
    assert.deepEqual(await stage.visibleTexts('s'), ['a', 'd']);
    assert.deepEqual((await stage.header('s')).hidden, [[2, 3]]);
  },

  'rewinds of what is partly hidden join their ranges': async (stage) => {
    await stage.driver().submit('s', startCall());
    for (const text of ['a', 'b', 'c', 'd', 'e']) {
      await stage.driver().submit('s', appendCall([text]));
      if (text === 'c') await stage.driver().submit('s', rewindCall({ kind: 'lastMessages', count: 1 }));
    }
    await stage.driver().submit('s', rewindCall({ kind: 'lastMessages', count: 3 }));
    assert.deepEqual((await stage.header('s')).hidden, [[2, 5]]);
    assert.deepEqual(await stage.visibleTexts('s'), ['a']);
  },

  'search and statistics see what a rewind left': async (stage) => {
    await stage.driver().submit('s', startCall());
    await stage.driver().submit('s', appendCall(['red one', 'red two', 'red three']));
    await stage.driver().submit('s', rewindCall({ kind: 'lastMessages', count: 2 }));
    const hits = await stage.store.search.find(stage.tenant, { terms: ['red'], scope: {}, limit: 9 });
    assert.deepEqual(
      hits.map(({ message }) => message.sequence),
      [1],
    );
    const window = { fromAt: stage.clock.wallAt(), toAt: stage.clock.wallAt() + 1, bucketMs: 1 };
    const [sample] = await stage.store.statistics.sampleMessages(stage.tenant, {}, window);
    assert.deepEqual([sample?.messageCount, sample?.tokenCount], [1, 2]);
  },

  'a rewind drops the summaries that reach above it': async (stage) => {
    await stage.driver().submit('s', startCall());
    await stage.driver().submit('s', appendCall(['a', 'b', 'c', 'd']));
    await stage.driver().submit('s', summaryCall(1, 2));
    await stage.driver().submit('s', summaryCall(3, 4));
    await stage.driver().submit('s', rewindCall({ kind: 'throughSequence', sequence: 3 }));
    const { uid, counters } = await stage.header('s');
    const summaries = await stage.store.sessions.summaries(stage.tenant, uid);
    assert.deepEqual([summaries.map(({ lastSequence }) => lastSequence), counters.summaryCount], [[2], 1]);
  },

  'a repeated Delete does not delete the session that came after': async (stage) => {
    await stage.driver().submit('s', startCall());
    await stage.driver().submit('s', deleteCall(requestedAs('delete')));
    assert.equal((await stage.driver().submit('s', deleteCall(requestedAs('delete')))).isRepeated, true);
    assert.deepEqual(await stage.eventKinds('s'), ['DELETED']);
  },
});

async function refuse(stage: Stage, call: Call, reason: string, sessionId: string = 's'): Promise<void> {
  await assert.rejects(stage.driver().submit(sessionId, call), { reason });
}

/** Cuts a session of four one-message turns and shows what stays in sight, that counters fit, and that numbers go on. */
async function assertCut(stage: Stage, cut: Cut, kept: string[]): Promise<void> {
  await stage.driver().submit('s', startCall());
  await stage.driver().submit('s', appendCall(['a', 'b', 'c', 'd']));
  const { removedCount } = await stage.driver().submit('s', rewindCall(cut));
  assert.deepEqual([removedCount, await stage.visibleTexts('s')], [4 - kept.length, kept]);
  const { counters } = await stage.header('s');
  assert.deepEqual([counters.messageCount, counters.turnCount], [kept.length, kept.length]);
  const { sequences } = await stage.driver().submit('s', appendCall(['e']));
  assert.deepEqual(
    [sequences, await stage.visibleTexts('s')],
    [
      [5, 5],
      [...kept, 'e'],
    ],
  );
}
