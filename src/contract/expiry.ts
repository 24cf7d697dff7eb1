import assert from 'node:assert/strict';
import type { EventKind } from '../model/event.ts';
import type { StoreTime } from '../model/store-time.ts';
import { accessCall, appendCall, conditionsOf, startCall } from './calls.ts';
import { casesOf } from './contract-case.ts';
import type { Stage } from './stage.ts';

const DORMANT_AFTER_MS = 1000;
const TTL_MS = 5000;
const LEAD_MS = 500;
const TERMS = { dormantAfterMs: DORMANT_AFTER_MS, ttlMs: TTL_MS, expiringLeadMs: LEAD_MS };
const RETENTION_MS = 7 * 24 * 3_600_000;

/** What time does: each boundary to the millisecond, each lapse told once, never early. */
export const expiryCases = casesOf('expiry', {
  'the idle limit passes at its millisecond, not before': async (stage) => {
    await assertBoundary(stage, DORMANT_AFTER_MS, ['DORMANT']);
  },

  'the warning comes at its millisecond, not before': async (stage) => {
    await assertBoundary(stage, TTL_MS - LEAD_MS, ['DORMANT', 'EXPIRING'], ['DORMANT']);
  },

  'the TTL passes at its millisecond, not before': async (stage) => {
    await assertBoundary(stage, TTL_MS, ['DORMANT', 'EXPIRING', 'EXPIRED'], ['DORMANT', 'EXPIRING']);
  },

  'the retention passes at its millisecond, not before': async (stage) => {
    await stage.driver().submit('s', startCall({ terms: TERMS }));
    stage.clock.advance(TTL_MS);
    await stage.driver().sweep();
    stage.clock.advance(RETENTION_MS - 1);
    await stage.driver().sweep();
    assert.equal((await stage.header('s')).status, 'EXPIRED');
    stage.clock.advance(1);
    await stage.driver().sweep();
    assert.equal((await stage.header('s')).isTombstone, true);
    assert.equal((await stage.eventKinds('s')).at(-1), 'DELETED');
  },

  'an access one millisecond before the TTL succeeds and slides it; at the TTL it is SESSION_EXPIRED': async (
    stage,
  ) => {
    await stage.driver().submit('s', startCall({ terms: TERMS }));
    stage.clock.advance(TTL_MS - 1);
    const { resumed } = await stage.driver().submit('s', accessCall());
    assert.equal(resumed, true);
    stage.clock.advance(TTL_MS);
    await assert.rejects(stage.driver().submit('s', accessCall()), { reason: 'SESSION_EXPIRED' });
    assert.equal((await stage.header('s')).status, 'EXPIRED');
    assert.deepEqual(await stage.eventKinds('s'), ['DORMANT', 'DORMANT', 'EXPIRING', 'EXPIRED']);
  },

  'accesses keep a session alive for as long as they come': async (stage) => {
    await stage.driver().submit('s', startCall({ terms: TERMS }));
    for (let access = 0; access < 30; access++) {
      stage.clock.advance(DORMANT_AFTER_MS - 1);
      await stage.driver().submit('s', accessCall());
      await stage.driver().sweep();
    }
    assert.equal((await stage.header('s')).generation, 1);
    assert.deepEqual(await stage.eventKinds('s'), []);
  },

  'no access moves the deadlines past the absolute limit': async (stage) => {
    await stage.driver().submit('s', startCall({ terms: { ...TERMS, maxTtlMs: 7000 } }));
    for (let access = 0; access < 9; access++) {
      stage.clock.advance(777);
      await stage.driver().submit('s', accessCall());
    }
    const { deadlines, createdAt } = await stage.header('s');
    assert.equal(deadlines.expireAt, createdAt + 7000);
    stage.clock.advance(7);
    await stage.driver().sweep();
    assert.equal((await stage.header('s')).status, 'EXPIRED');
    assert.equal((await stage.events('s')).at(-1)?.reason, 'MAX_TTL');
  },

  'deadlines that passed unseen are told in one row, in their order': async (stage) => {
    await stage.driver().submit('s', startCall({ terms: TERMS }));
    stage.clock.advance(TTL_MS * 3);
    await stage.driver().sweep();
    const rows = await stage.store.events.read(stage.tenant, 0, 9);
    assert.deepEqual(
      rows.map(({ events }) => events.map(({ kind }) => kind)),
      [['DORMANT', 'EXPIRING', 'EXPIRED']],
    );
  },

  'an access that finds the idle limit passed tells it in its own commit': async (stage) => {
    await stage.driver().submit('s', startCall({ terms: TERMS }));
    stage.clock.advance(DORMANT_AFTER_MS);
    await stage.driver().submit('s', appendCall(['back']));
    await stage.driver().sweep();
    assert.deepEqual(await stage.eventKinds('s'), ['DORMANT']);
  },

  'an expiry is claimed once when sweepers and accesses race': async (stage) => {
    const ids = Array.from({ length: 8 }, (_, place) => `s-${place}`);
    for (const id of ids) await stage.driver().submit(id, startCall({ terms: TERMS }));
    stage.clock.advance(TTL_MS);
    const sweepers = Array.from({ length: 4 }, () => stage.driver().sweep());
    const accesses = ids.map((id) =>
      assert.rejects(stage.driver().submit(id, accessCall()), { reason: 'SESSION_EXPIRED' }),
    );
    await Promise.all([...sweepers, ...accesses]);
    for (const id of ids) assert.deepEqual(await stage.eventKinds(id), ['DORMANT', 'EXPIRING', 'EXPIRED'], id);
    const rows = await stage.store.events.read(stage.tenant, 0, 99);
    assert.deepEqual(
      rows.map(({ number }) => number),
      ids.map((_, place) => place + 1),
    );
  },

  'of a sweep and an access that race at the idle limit nothing is lost or told twice': async (stage) => {
    const ids = Array.from({ length: 10 }, (_, place) => `s-${place}`);
    for (const id of ids) await stage.driver().submit(id, startCall({ terms: TERMS }));
    stage.clock.advance(DORMANT_AFTER_MS);
    const accesses = ids.map((id) => stage.driver().submit(id, accessCall()));
    await Promise.all([stage.driver().sweep(), ...accesses, stage.driver().sweep()]);
    for (const id of ids) {
      const { status, generation } = await stage.header(id);
      assert.deepEqual([status, generation, await stage.eventKinds(id)], ['ACTIVE', 2, ['DORMANT']]);
    }
  },

  'no event is recorded before its deadline': async (stage) => {
    for (let place = 0; place < 6; place++) {
      await stage.driver().submit(`s-${place}`, startCall({ terms: { ...TERMS, ttlMs: TTL_MS + place * 300 } }));
      stage.clock.advance(130);
    }
    for (let tick = 0; tick < 60; tick++) {
      stage.clock.advance(137);
      await stage.driver().sweep();
    }
    const events = (await stage.store.events.read(stage.tenant, 0, 99)).flatMap((row) => row.events);
    assert.equal(events.length, 18);
    for (const { kind, recordedAt, deadlineAt } of events) {
      assert.ok(recordedAt >= (kind === 'EXPIRING' ? deadlineAt - LEAD_MS : deadlineAt), kind);
    }
  },

  'deadlines inside an outage count as its end plus 60 s': async (stage) => {
    const startedAt = stage.clock.wallAt();
    await stage.driver().submit('s', startCall({ terms: TERMS }));
    const outage = { from: startedAt + 500, to: startedAt + 100_000 };
    const driver = stage.driver({ time: () => timeOf(stage, { outages: [outage] }) });
    stage.clock.advance(100_000 + 59_999);
    await driver.sweep();
    assert.deepEqual(await stage.eventKinds('s'), []);
    stage.clock.advance(1);
    await driver.sweep();
    assert.deepEqual(await stage.eventKinds('s'), ['DORMANT', 'EXPIRING', 'EXPIRED']);
  },

  'an uncertain clock is late by its uncertainty, never early': async (stage) => {
    await stage.driver().submit('s', startCall({ terms: TERMS }));
    const driver = stage.driver({ time: () => timeOf(stage, { uncertaintyMs: 400 }) });
    stage.clock.advance(DORMANT_AFTER_MS + 399);
    await driver.sweep();
    assert.deepEqual(await stage.eventKinds('s'), []);
    stage.clock.advance(1);
    await driver.sweep();
    assert.deepEqual(await stage.eventKinds('s'), ['DORMANT']);
  },

  'a session that never expires goes dormant all the same': async (stage) => {
    await stage.driver().submit('s', startCall({ terms: { dormantAfterMs: 1000, neverExpires: true } }));
    stage.clock.advance(100 * RETENTION_MS);
    await stage.driver().sweep();
    assert.deepEqual(await stage.eventKinds('s'), ['DORMANT']);
    assert.equal((await stage.driver().submit('s', accessCall())).resumed, true);
  },

  'other terms by Touch count from then on, shorter ones too': async (stage) => {
    await stage.driver().submit('s', startCall({ terms: TERMS }));
    const terms = { dormantAfterMs: 300, ttlMs: 600, expiringLeadMs: 0 };
    await stage.driver().submit('s', { ...conditionsOf(), kind: 'touch', terms });
    stage.clock.advance(600);
    await stage.driver().sweep();
    assert.deepEqual(await stage.eventKinds('s'), ['DORMANT', 'EXPIRED']);
  },

  'a sweep leaves nothing due behind': async (stage) => {
    for (let place = 0; place < 12; place++) await stage.driver().submit(`s-${place}`, startCall({ terms: TERMS }));
    for (const pause of [DORMANT_AFTER_MS, TTL_MS, RETENTION_MS, RETENTION_MS]) {
      stage.clock.advance(pause);
      await stage.driver().sweep();
      assert.equal(await stage.store.sessions.countDue(stage.clock.wallAt()), 0, `after ${pause} ms`);
    }
    assert.equal((await stage.load('s-0')).header, null);
  },
});

/** Shows that sweeps up to one millisecond before an instant tell `before`, and those at it and after it `after`. */
async function assertBoundary(stage: Stage, atMs: number, after: EventKind[], before: EventKind[] = []): Promise<void> {
  const driver = stage.driver();
  await driver.submit('s', startCall({ terms: TERMS }));
  stage.clock.advance(atMs - 1);
  await driver.sweep();
  assert.deepEqual(await stage.eventKinds('s'), before);
  for (let step = 0; step < 2; step++) {
    stage.clock.advance(1);
    await driver.sweep();
    assert.deepEqual(await stage.eventKinds('s'), after);
  }
}

function timeOf(stage: Stage, overrides: Partial<StoreTime>): StoreTime {
  return { now: stage.clock.wallAt(), uncertaintyMs: 0, outages: [], ...overrides };
}
