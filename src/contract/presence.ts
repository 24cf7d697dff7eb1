import assert from 'node:assert/strict';
import { casesOf } from './contract-case.ts';
import { SAMPLE_AT } from './samples.ts';

const DAY_MS = 24 * 3_600_000;

/** Signs of life and the outages known from them. */
export const presenceCases = casesOf('presence', {
  'a store that was never used saw nobody': async ({ store }) => {
    assert.equal(await store.presence.lastSeenAt(), null);
    assert.deepEqual(await store.presence.outages(), []);
  },

  'the newest sign of life of any instance counts': async ({ store }) => {
    await store.presence.beat('one', SAMPLE_AT);
    await store.presence.beat('two', SAMPLE_AT + 20);
    await store.presence.beat('one', SAMPLE_AT + 10);
    assert.equal(await store.presence.lastSeenAt(), SAMPLE_AT + 20);
  },

  'outages come back oldest first': async ({ store }) => {
    const [first, second] = [
      { from: SAMPLE_AT - 900, to: SAMPLE_AT - 800 },
      { from: SAMPLE_AT - 500, to: SAMPLE_AT - 400 },
    ];
    await store.presence.addOutage(second);
    await store.presence.addOutage(first);
    assert.deepEqual(await store.presence.outages(), [first, second]);
  },

  'an outage is forgotten 7 days after its end': async ({ store, clock }) => {
    const outage = { from: clock.wallAt() - 1000, to: clock.wallAt() };
    await store.presence.addOutage(outage);
    clock.advance(7 * DAY_MS - 1000);
    assert.deepEqual(await store.presence.outages(), [outage]);
    clock.advance(2000);
    assert.deepEqual(await store.presence.outages(), []);
  },
});
