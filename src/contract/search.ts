import assert from 'node:assert/strict';
import type { Role } from '../model/message.ts';
import type { SearchQuery } from '../ports/search-index.ts';
import { casesOf } from './contract-case.ts';
import { SAMPLE_AT, sampleMessage } from './samples.ts';
import type { Stage } from './stage.ts';

/** The search index: candidates by term, in scope, in sight. */
export const searchCases = casesOf('search', {
  'a message is found by each of its terms and by no other': async (stage) => {
    await beginWithTerms(stage, 's', [['red', 'apple'], ['green', 'apple'], []]);
    assert.deepEqual(await find(stage, ['red']), ['s 1']);
    assert.deepEqual(await find(stage, ['green']), ['s 2']);
    assert.deepEqual((await find(stage, ['apple'])).toSorted(), ['s 1', 's 2']);
    assert.deepEqual(await find(stage, ['app']), []);
    assert.deepEqual(await find(stage, ['pear']), []);
    assert.deepEqual(await find(stage, []), []);
  },

  'candidates come whole, with their session': async (stage) => {
    const message = sampleMessage(1, { terms: ['red'], messageId: 'm', turnId: 't', role: 'ASSISTANT' });
    const { uid } = await stage.begin('s', {}, { changes: { messages: [message] } });
    const { terms: _, ...stored } = message;
    assert.deepEqual(await stage.store.search.find(stage.tenant, { terms: ['red'], scope: {}, limit: 9 }), [
      { sessionId: 's', uid, message: stored },
    ]);
  },

  'most distinct terms come first, then the newest': async (stage) => {
    await beginWithTerms(stage, 's', [['a', 'b'], ['a', 'a', 'a'], ['b'], ['a', 'b', 'c'], ['c']]);
    assert.deepEqual(await find(stage, ['a', 'b', 'c']), ['s 4', 's 1', 's 5', 's 3', 's 2']);
    assert.deepEqual(await find(stage, ['a', 'b', 'c'], { limit: 2 }), ['s 4', 's 1']);
  },

  'a term asked for twice counts once': async (stage) => {
    await beginWithTerms(stage, 's', [['a', 'b'], ['a']]);
    assert.deepEqual(await find(stage, ['a', 'a', 'a', 'b']), ['s 1', 's 2']);
  },

  'a scope bounds to a session, a user or an agent': async (stage) => {
    await beginWithTerms(stage, 'one', [['x']], { userId: 'u', agentId: 'a' });
    await beginWithTerms(stage, 'two', [['x']], { userId: 'u', agentId: 'b' });
    await beginWithTerms(stage, 'three', [['x']], { userId: 'v', agentId: 'a' });
    const { uid } = await stage.header('three');
    const within = async (scope: SearchQuery['scope']) => (await find(stage, ['x'], { scope })).toSorted();
    assert.deepEqual(await within({ uid }), ['three 1']);
    assert.deepEqual(await within({ userId: 'u' }), ['one 1', 'two 1']);
    assert.deepEqual(await within({ agentId: 'a' }), ['one 1', 'three 1']);
    assert.deepEqual(await within({ userId: 'u', agentId: 'a' }), ['one 1']);
    assert.deepEqual(await within({ uid: 'nobody' }), []);
    assert.deepEqual(await within({}), ['one 1', 'three 1', 'two 1']);
  },

  'roles and commit times filter, the start included and the end not': async (stage) => {
    await beginWithTerms(stage, 's', [['x'], ['x'], ['x'], ['x']], {}, ['USER', 'ASSISTANT', 'TOOL', 'USER']);
    assert.deepEqual(await find(stage, ['x'], { roles: ['USER', 'TOOL'] }), ['s 4', 's 3', 's 1']);
    const window = { fromAt: SAMPLE_AT + 2, toAt: SAMPLE_AT + 4 };
    assert.deepEqual(await find(stage, ['x'], window), ['s 3', 's 2']);
    assert.deepEqual(await find(stage, ['x'], { ...window, roles: ['TOOL'] }), ['s 3']);
  },

  'hidden messages are not found, and are again when they are no longer hidden': async (stage) => {
    await beginWithTerms(stage, 's', [['x'], ['x'], ['x'], ['x']]);
    await stage.go('s', { hidden: [[2, 3]] });
    assert.deepEqual(await find(stage, ['x']), ['s 4', 's 1']);
    await stage.go('s', { hidden: [[1, 4]] });
    assert.deepEqual(await find(stage, ['x']), []);
    await stage.go('s', { hidden: [] });
    assert.deepEqual(await find(stage, ['x']), ['s 4', 's 3', 's 2', 's 1']);
  },

  'a limit counts what is in sight': async (stage) => {
    await beginWithTerms(stage, 's', [['x'], ['x'], ['x'], ['x']]);
    await stage.go('s', { hidden: [[3, 4]] });
    assert.deepEqual(await find(stage, ['x'], { limit: 2 }), ['s 2', 's 1']);
  },

  'messages of every status are found, of tombstones and earlier lives none': async (stage) => {
    for (const status of ['ACTIVE', 'DORMANT', 'EXPIRED', 'ENDED'] as const) {
      await beginWithTerms(stage, status, [['x']], { status });
    }
    await beginWithTerms(stage, 'buried', [['x']]);
    await stage.bury('buried');
    await beginWithTerms(stage, 'replaced', [['x']]);
    await stage.go('replaced', { uid: 'next' });
    assert.deepEqual((await find(stage, ['x'])).toSorted(), ['ACTIVE 1', 'DORMANT 1', 'ENDED 1', 'EXPIRED 1']);
  },

  'terms are compared as they are: no syntax, no parts, no stemming': async (stage) => {
    const odd = ['AND', 'a*', '"q"', 'x-y', "o'clock", 'straße', '東京', '🙂', '(', 'null'];
    await beginWithTerms(
      stage,
      's',
      odd.map((term) => [term]),
    );
    for (const [place, term] of odd.entries()) assert.deepEqual(await find(stage, [term]), [`s ${place + 1}`], term);
    assert.deepEqual(await find(stage, ['strasse', 'straß', 'a', 'q', 'x', 'y', 'clock', '京']), []);
  },

  'a change of user moves a session’s messages between scopes': async (stage) => {
    await beginWithTerms(stage, 's', [['x']]);
    await stage.go('s', { userId: 'u' });
    assert.deepEqual(await find(stage, ['x'], { scope: { userId: 'u' } }), ['s 1']);
  },
});

/** Begins a session whose messages have these terms; each is committed 1 ms after the one before. */
async function beginWithTerms(
  stage: Stage,
  sessionId: string,
  terms: string[][],
  overrides: Parameters<Stage['begin']>[1] = {},
  roles: Role[] = [],
): Promise<void> {
  const messages = terms.map((own, place) =>
    sampleMessage(place + 1, { terms: own, createdAt: SAMPLE_AT + place + 1, role: roles[place] ?? 'USER' }),
  );
  await stage.begin(sessionId, overrides, { changes: { messages } });
}

async function find(stage: Stage, terms: string[], query: Partial<SearchQuery> = {}): Promise<string[]> {
  const candidates = await stage.store.search.find(stage.tenant, { scope: {}, limit: 100, ...query, terms });
  return candidates.map(({ sessionId, message }) => `${sessionId} ${message.sequence}`);
}
