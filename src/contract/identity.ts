import assert from 'node:assert/strict';
import { casesOf } from './contract-case.ts';
import { sampleMessage } from './samples.ts';
import type { Stage } from './stage.ts';

const SESSION_IDS = [
  'a',
  'A',
  'a.',
  'a%',
  'a_',
  "a'",
  'a"',
  'a\\',
  'a;--',
  '$where',
  '__proto__',
  'constructor',
  'null',
  '0',
  '00',
  '~'.repeat(256),
];
/** Pairs that a careless comparison takes for the same: by case, by Unicode form, by trailing space, by number. */
const NEARLY_EQUAL = [
  ['User', 'user'],
  ['\u00e9', 'e\u0301'],
  ['ss', 'ß'],
  ['I', 'ı'],
  ['u', 'u '],
  ['1', '1.0'],
  ['\u{1F642}', '\u{1F643}'],
] as const;

/** Ids are compared byte for byte, and no id is a special one. */
export const identityCases = casesOf('identity', {
  'session ids differ where one byte differs, and none is special': async (stage) => {
    for (const id of SESSION_IDS) await stage.begin(id, {}, { changes: { state: { own: id } } });
    for (const id of SESSION_IDS) assert.deepEqual((await stage.load(id, { state: true })).state, { own: id });
    assert.deepEqual((await stage.listedIds()).toSorted(), SESSION_IDS.toSorted());
  },

  'users, agents, channels and conversation keys differ where one byte differs': async (stage) => {
    for (const field of ['userId', 'agentId', 'channel', 'conversationKey'] as const) {
      for (const [place, pair] of NEARLY_EQUAL.entries()) {
        await stage.begin(`${field}-${place}-0`, { [field]: pair[0] });
        await stage.begin(`${field}-${place}-1`, { [field]: pair[1] });
        assert.deepEqual(await listBy(stage, { [field]: pair[0] }), [`${field}-${place}-0`]);
        assert.deepEqual(await listBy(stage, { [field]: pair[1] }), [`${field}-${place}-1`]);
      }
    }
  },

  'scopes of search and statistics differ where one byte differs': async (stage) => {
    for (const [place, pair] of NEARLY_EQUAL.entries()) {
      for (const [side, userId] of pair.entries()) {
        const messages = [sampleMessage(1, { terms: ['x'] })];
        await stage.begin(`s-${place}-${side}`, { userId }, { changes: { messages } });
      }
    }
    for (const [place, [userId]] of NEARLY_EQUAL.entries()) {
      const hits = await stage.store.search.find(stage.tenant, { terms: ['x'], scope: { userId }, limit: 9 });
      assert.deepEqual(
        hits.map(({ sessionId }) => sessionId),
        [`s-${place}-0`],
      );
      const folded: string[] = [];
      await stage.store.statistics.foldSessions(stage.tenant, { userId }, {}, ({ header }) =>
        folded.push(header.sessionId),
      );
      assert.deepEqual(folded, [`s-${place}-0`]);
    }
  },

  'request ids, tool calls, claims, message ids and turns differ where one byte differs': async (stage) => {
    const call = { name: 'n', isFailed: false, durationMs: null };
    for (const [one, other] of NEARLY_EQUAL) {
      const messages = [sampleMessage(1, { messageId: one, turnId: one })];
      const toolCalls = [{ ...call, callId: one }];
      const { uid } = await stage.begin(`s ${one}`, {}, { changes: { messages, toolCalls, claims: [one] } });
      assert.equal((await stage.load(`s ${one}`, { toolCallIds: [other] })).toolCalls.size, 0);
      assert.equal(await stage.holderOf(other), null);
      assert.equal(await stage.holderOf(one), `s ${one}`);
      assert.deepEqual(await stage.store.messages.findById(stage.tenant, uid, [other]), []);
      assert.equal(await stage.store.messages.findTurn(stage.tenant, uid, other, 0), null);
      assert.equal((await stage.store.messages.findTurn(stage.tenant, uid, one, 0))?.turnId, one);
    }
  },

  'label and state keys that objects have of themselves are ordinary ones': async (stage) => {
    const own = () => JSON.parse('{"__proto__": "a", "constructor": "b", "toString": "c", "$set": "d", "e.f": "g"}');
    const details = { title: '', labels: own(), metadata: own(), errorMessage: '' };
    await stage.begin('with', {}, { changes: { details, state: own() } });
    await stage.begin('without');
    const basis = await stage.load('with', { details: true, state: true });
    assert.equal(JSON.stringify(basis.details), JSON.stringify(details));
    assert.equal(JSON.stringify(basis.state), JSON.stringify(own()));
    assert.deepEqual(await listBy(stage, { labels: { constructor: 'b' } }), ['with']);
    assert.deepEqual(await listBy(stage, { labels: { 'e.f': 'g', $set: 'd' } }), ['with']);
  },

  'text comes back in the Unicode form that it was given in': async (stage) => {
    const details = {
      title: 'e\u0301 \u00e9',
      labels: {},
      metadata: { 'e\u0301': '\u00e9' },
      errorMessage: '\u{1F642}',
    };
    await stage.begin('s', {}, { changes: { details } });
    assert.deepEqual((await stage.load('s', { details: true })).details, details);
  },
});

async function listBy(stage: Stage, filter: Parameters<Stage['store']['sessions']['list']>[1]): Promise<string[]> {
  const order = { by: 'createdAt', direction: 'oldestFirst' } as const;
  const records = await stage.store.sessions.list(stage.tenant, filter, order, null, 99);
  return records.map(({ header }) => header.sessionId);
}
