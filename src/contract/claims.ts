import assert from 'node:assert/strict';
import { changesWith } from '../model/basis.ts';
import { casesOf } from './contract-case.ts';
import { sampleHeader } from './samples.ts';
import type { Stage } from './stage.ts';

/** Claims: keys of a tenant that at most one live session holds. */
export const claimCases = casesOf('claims', {
  'a claim names the session that holds it': async (stage) => {
    const { uid } = await stage.begin('s', {}, { changes: { claims: ['key'] } });
    const claim = { key: 'key', sessionId: 's', uid };
    assert.deepEqual(await stage.store.sessions.findClaim(stage.tenant, 'key'), claim);
    assert.deepEqual((await stage.load('s', { claims: ['key', 'free'] })).claims, new Map([['key', claim]]));
  },

  'any session’s load tells who holds a claim': async (stage) => {
    const { uid } = await stage.begin('holder', {}, { changes: { claims: ['key'] } });
    const { claims } = await stage.load('never used', { claims: ['key'] });
    assert.deepEqual(claims.get('key'), { key: 'key', sessionId: 'holder', uid });
  },

  'a commit that claims what another live session holds is a conflict and writes nothing': async (stage) => {
    await stage.begin('holder', {}, { changes: { claims: ['key'] } });
    const header = sampleHeader({ tenant: stage.tenant, sessionId: 'late' });
    const changes = changesWith(header, { claims: ['free', 'key'] });
    assert.equal(await stage.store.sessions.commit(await stage.load('late'), changes, []), 'conflict');
    assert.equal((await stage.load('late')).header, null);
    assert.equal(await stage.holderOf('free'), null);
    assert.equal(await stage.holderOf('key'), 'holder');
  },

  'one of many sessions that claim a key at once gets it': async (stage) => {
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, async (_, racer) => {
        const header = sampleHeader({ tenant: stage.tenant, sessionId: `racer-${racer}` });
        const basis = await stage.load(header.sessionId);
        return stage.store.sessions.commit(basis, changesWith(header, { claims: ['key'] }), []);
      }),
    );
    assert.equal(outcomes.filter((outcome) => outcome === 'committed').length, 1);
    assert.equal(await stage.holderOf('key'), `racer-${outcomes.indexOf('committed')}`);
    assert.equal((await stage.listedIds()).length, 1);
  },

  'a session may claim again what it holds': async (stage) => {
    await stage.begin('s', {}, { changes: { claims: ['key'] } });
    await stage.go('s', {}, { changes: { claims: ['key', 'more'] } });
    assert.deepEqual([await stage.holderOf('key'), await stage.holderOf('more')], ['s', 's']);
  },

  'a released claim is free for others': async (stage) => {
    await stage.begin('first', {}, { changes: { claims: ['key', 'kept'] } });
    await stage.go('first', {}, { changes: { released: ['key'] } });
    assert.equal(await stage.holderOf('key'), null);
    await stage.begin('second', {}, { changes: { claims: ['key'] } });
    assert.deepEqual([await stage.holderOf('key'), await stage.holderOf('kept')], ['second', 'first']);
  },

  'a session gives back only what it holds itself': async (stage) => {
    await stage.begin('holder', {}, { changes: { claims: ['key'] } });
    await stage.begin('other', {}, { changes: { released: ['key'] } });
    assert.equal(await stage.holderOf('key'), 'holder');
  },

  'an ended session holds its claims until it gives them back': async (stage) => {
    await stage.begin('s', {}, { changes: { claims: ['key'] } });
    await stage.go('s', { status: 'ENDED' });
    assert.equal(await stage.holderOf('key'), 's');
  },

  'a tombstone holds no claim': async (stage) => {
    await stage.begin('s', {}, { changes: { claims: ['key'] } });
    await stage.bury('s');
    assert.equal(await stage.holderOf('key'), null);
    await stage.begin('next', {}, { changes: { claims: ['key'] } });
    assert.equal(await stage.holderOf('key'), 'next');
  },

  'the next life of an id does not hold the claims of the one before': async (stage) => {
    await stage.begin('s', {}, { changes: { claims: ['key'] } });
    await stage.go('s', { uid: 'second life' });
    assert.equal(await stage.holderOf('key'), null);
  },

  'claims survive the collection of garbage': async (stage) => {
    await stage.begin('gone', {}, { changes: { claims: ['old'] } });
    await stage.bury('gone');
    await stage.begin('s', {}, { changes: { claims: ['key', 'old'] } });
    await collectAll(stage);
    assert.deepEqual([await stage.holderOf('key'), await stage.holderOf('old')], ['s', 's']);
  },
});

async function collectAll(stage: Stage): Promise<void> {
  while ((await stage.store.collectGarbage(100)) > 0);
}
