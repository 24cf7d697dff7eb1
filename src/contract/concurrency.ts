import assert from 'node:assert/strict';
import type { Answer, Call } from '../model/call.ts';
import { SessionError } from '../model/session-error.ts';
import { accessCall, activityCall, appendCall, endCall, requestedAs, rewindCall, startCall } from './calls.ts';
import { casesOf } from './contract-case.ts';
import type { Stage } from './stage.ts';

/** Calls that arrive at once, from one instance or several. */
export const concurrencyCases = casesOf('concurrency', {
  'concurrent appends are numbered without a hole, each as a whole, none lost': async (stage) => {
    await stage.driver().submit('s', startCall());
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, writer) =>
        stage.driver().submit('s', appendCall([`${writer} a`, `${writer} b`, `${writer} c`])),
      ),
    );
    const { uid, lastSequence, counters, version } = await stage.header('s');
    assert.deepEqual([lastSequence, counters.messageCount, version], [48, 48, 17]);
    assert.deepEqual(
      await stage.sequences(uid),
      Array.from({ length: 48 }, (_, place) => place + 1),
    );
    const texts = await stage.visibleTexts('s');
    for (const [writer, { sequences }] of answers.entries()) {
      assert.ok(sequences);
      const own = texts.slice(sequences[0] - 1, sequences[1]);
      assert.deepEqual(own, [`${writer} a`, `${writer} b`, `${writer} c`]);
    }
  },

  'one writer’s appends stay in its order among others’': async (stage) => {
    await stage.driver().submit('s', startCall());
    await Promise.all(
      ['a', 'b', 'c'].map(async (writer) => {
        const driver = stage.driver();
        for (let turn = 0; turn < 8; turn++) await driver.submit('s', appendCall([`${writer} ${turn}`]));
      }),
    );
    const texts = await stage.visibleTexts('s');
    assert.equal(texts.length, 24);
    for (const writer of ['a', 'b', 'c']) {
      const own = texts.filter((text) => text.startsWith(writer));
      assert.deepEqual(
        own,
        Array.from({ length: 8 }, (_, turn) => `${writer} ${turn}`),
      );
    }
  },

  'one of many conditional writers wins, the others learn the version': async (stage) => {
    await stage.driver().submit('s', startCall());
    const racers = Array.from({ length: 12 }, (_, racer) => appendCall([`racer ${racer}`], { expectedVersion: 1 }));
    const { answers, refusals } = await race(stage, 's', racers);
    assert.equal(answers.length, 1);
    for (const refusal of refusals) {
      assert.equal(refusal.reason, 'VERSION_MISMATCH');
      assert.equal(refusal.metadata.current_version, '2');
    }
    assert.equal((await stage.visibleTexts('s')).length, 1);
  },

  'of many starts of one id one makes the session and the others find it': async (stage) => {
    const { answers } = await race(
      stage,
      's',
      Array.from({ length: 10 }, () => startCall({ ifExists: 'RETURN' })),
    );
    assert.equal(answers.length, 10);
    assert.equal(answers.filter(({ created }) => created).length, 1);
    assert.equal(new Set(answers.map(({ header }) => header.uid)).size, 1);
  },

  'of many starts of one conversation one makes the session': async (stage) => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, racer) =>
        stage.driver().submit(`s-${racer}`, startCall({}, {}, ['k/one conversation'])),
      ),
    );
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
    const ids = await stage.listedIds();
    assert.deepEqual(ids, [await stage.holderOf('k/one conversation')]);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') assert.equal(outcome.reason.metadata.session_id, ids[0]);
    }
  },

  'a request id that arrives many times at once does its work once': async (stage) => {
    await stage.driver().submit('s', startCall());
    const { answers } = await race(
      stage,
      's',
      Array.from({ length: 10 }, () => appendCall(['once'], requestedAs('r'))),
    );
    assert.equal(answers.filter(({ isRepeated }) => !isRepeated).length, 1);
    assert.deepEqual(
      answers.map(({ sequences }) => sequences),
      Array(10).fill([1, 1]),
    );
    assert.deepEqual(await stage.visibleTexts('s'), ['once']);
  },

  'accesses that race with appends cost neither a message nor a deadline': async (stage) => {
    const terms = { dormantAfterMs: 2000, ttlMs: 4000, expiringLeadMs: 0 };
    await stage.driver().submit('s', startCall({ terms }));
    for (let round = 0; round < 6; round++) {
      stage.clock.advance(50);
      const calls = [appendCall(['m']), accessCall(), appendCall(['m']), accessCall(), accessCall()];
      await Promise.all(calls.map((call) => stage.driver().submit('s', call)));
      const { deadlines } = await stage.header('s');
      assert.deepEqual(
        [deadlines.dormantAt, deadlines.expireAt],
        [stage.clock.wallAt() + 2000, stage.clock.wallAt() + 4000],
      );
    }
    assert.equal((await stage.visibleTexts('s')).length, 12);
  },

  'rewinds that race with appends leave counters that fit what is shown': async (stage) => {
    await stage.driver().submit('s', startCall());
    for (let round = 0; round < 5; round++) {
      const calls = [
        appendCall(['a b', 'c']),
        rewindCall({ kind: 'lastMessages', count: 1 }),
        appendCall(['d e f']),
        rewindCall({ kind: 'lastTurns', count: 1 }),
      ];
      await Promise.all(calls.map((call) => stage.driver().submit('s', call)));
    }
    const { counters, lastSequence } = await stage.header('s');
    const texts = await stage.visibleTexts('s');
    assert.equal(lastSequence, 15);
    assert.equal(counters.messageCount, texts.length);
    assert.equal(counters.inputTokens, texts.join(' ').split(' ').filter(Boolean).length);
  },

  'reports of one tool call count once, however many arrive': async (stage) => {
    await stage.driver().submit('s', startCall());
    await Promise.all(Array.from({ length: 8 }, () => stage.driver().submit('s', activityCall('call-1'))));
    const basis = await stage.load('s', { activity: true });
    assert.equal(basis.header?.counters.toolCallCount, 1);
    assert.equal(basis.activity?.tools.search?.calls, 1);
    assert.equal(basis.header?.version, 1);
  },

  'of appends that race with an end each is in or refused': async (stage) => {
    await stage.driver().submit('s', startCall());
    const calls = [...Array.from({ length: 9 }, (_, place) => appendCall([`${place}`])), endCall()];
    const { answers, refusals } = await race(stage, 's', calls);
    assert.ok(refusals.every(({ reason }) => reason === 'SESSION_ENDED'));
    assert.equal((await stage.visibleTexts('s')).length, answers.length - 1);
    assert.deepEqual(await stage.eventKinds('s'), ['ENDED']);
  },
});

/** Submits calls at once, each by a driver of its own; answers in no order. */
async function race(
  stage: Stage,
  sessionId: string,
  calls: Call[],
): Promise<{ answers: Answer[]; refusals: SessionError[] }> {
  const outcomes = await Promise.allSettled(calls.map((call) => stage.driver().submit(sessionId, call)));
  const answers: Answer[] = [];
  const refusals: SessionError[] = [];
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') answers.push(outcome.value);
    else if (outcome.reason instanceof SessionError) refusals.push(outcome.reason);
    else throw outcome.reason;
  }
  return { answers, refusals };
}
